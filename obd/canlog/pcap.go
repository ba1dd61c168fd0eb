package canlog

import (
	"encoding/binary"
	"io"
	"time"
)

// pcap is a recording in tcpdump's old form. A header,
//
//	0  4  A1B2C3D4, or A1B23C4D where times have nanoseconds
//	4  4  version 2.4
//	16 4  longest packet
//	20 4  link type
//
// then packets:
//
//	0  8  seconds since 1970 and micro- or nanoseconds
//	8  4  bytes that follow
//	12 4  bytes that there were
type pcap struct {
	order  binary.ByteOrder
	unit   time.Duration // of a fraction
	link   uint16
	headed bool
}

const (
	pcapHead       = 24
	pcapPacketHead = 16

	pcapMicro = 0xA1B2C3D4
	pcapNano  = 0xA1B23C4D

	maxSnap = 1 << 18 // what tcpdump takes at most of a packet
)

const reasonLong = "a packet longer than 64 KiB"

// nameless is the interface of recordings that name none.
const nameless = "if0"

func newPcap(head []byte) packets {
	if len(head) < pcapHead {
		return nil
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		magic, unit := order.Uint32(head), time.Microsecond
		if magic != pcapMicro && magic != pcapNano || order.Uint16(head[4:]) != 2 || order.Uint16(head[6:]) != 4 {
			continue
		}
		if magic == pcapNano {
			unit = time.Nanosecond
		}
		return &pcap{order: order, unit: unit, link: uint16(order.Uint32(head[20:]))}
	}
	return nil
}

func (p *pcap) next(r *Reader) (Record, error) {
	if !p.headed {
		p.headed = true
		_, _ = r.in.Discard(pcapHead) // was peeked at
	}
	head, err := r.in.Peek(headSize)
	switch {
	case len(head) == 0:
		return Record{}, r.ioError(err)
	case isText(head[:min(len(head), pcapPacketHead)]), sniff(head) != nil:
		return Record{}, errElse
	case len(head) < pcapPacketHead:
		return Record{}, r.cutOff("pcap", err)
	}
	size, whole := p.order.Uint32(head[8:]), p.order.Uint32(head[12:])
	at := time.Unix(int64(p.order.Uint32(head)), int64(p.order.Uint32(head[4:]))*int64(p.unit)).UTC()
	switch {
	case size > whole, size > maxSnap:
		return Record{}, r.end("pcap", "a packet of impossible length")
	case size > window-pcapPacketHead:
		return Record{}, r.skip("pcap", pcapPacketHead+size, reasonLong)
	}
	return p.packet(r, at, pcapPacketHead+int(size))
}

func (p *pcap) packet(r *Reader, at time.Time, size int) (Record, error) {
	b, err := r.in.Peek(size)
	if err != nil {
		return Record{}, r.cutOff("pcap", err)
	}
	_, _ = r.in.Discard(size) // was peeked at
	r.line++
	from := packet{link: p.link, order: p.order, data: b[pcapPacketHead:]}
	f, own, reason := from.frame()
	if reason != "" {
		return Record{}, r.fault("pcap", reason)
	}
	return r.record(&f, own, at, nameless), nil
}

// skip passes over n bytes, a packet whatever their number, and tells why if
// there is a reason.
func (r *Reader) skip(form string, n uint32, reason string) error {
	if _, err := io.CopyN(io.Discard, r.in, int64(n)); err != nil {
		return r.cutOff(form, err)
	}
	if reason == "" {
		return nil
	}
	r.line++
	return r.fault(form, reason)
}

// cutOff is the end amid a packet, unless reading itself failed.
func (r *Reader) cutOff(form string, err error) error {
	if failed := r.ioError(err); !isEOF(failed) {
		return failed
	}
	return r.end(form, "cut off")
}
