package canlog

import (
	"encoding/binary"
	"io"

	"github.com/gopacket/gopacket/pcapgo"
)

// pcap is the sieve of tcpdump's old form. A header,
//
//	0  4  A1B2C3D4, or A1B23C4D where times have nanoseconds
//	4  4  version 2.4
//
// then packets:
//
//	0  8  time
//	8  4  bytes that follow
//	12 4  bytes that there were
type pcap struct {
	*pcapgo.Reader
	order binary.ByteOrder
}

const (
	pcapHead       = 24
	pcapPacketHead = 16

	pcapMicro = 0xA1B2C3D4
	pcapNano  = 0xA1B23C4D

	maxSnap = 1 << 18 // what tcpdump takes at most of a packet
)

// nameless is the interface of recordings that name none.
const nameless = "if0"

// pcapOrder gives the byte order of the file that begins with head, or nil if
// none does.
func pcapOrder(head []byte) binary.ByteOrder {
	if len(head) < pcapHead {
		return nil
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		magic := order.Uint32(head)
		if (magic == pcapMicro || magic == pcapNano) && order.Uint16(head[4:]) == 2 && order.Uint16(head[6:]) == 4 {
			return order
		}
	}
	return nil
}

func (p *pcap) begin(c *capture) ([]byte, error) { return c.take(pcapHead) }

func (p *pcap) sift(c *capture, head []byte) ([]byte, error) {
	if len(head) < pcapPacketHead {
		return c.take(pcapPacketHead)
	}
	size := p.order.Uint32(head[8:])
	switch {
	case size > p.order.Uint32(head[12:]), size > maxSnap:
		return nil, c.end(reasonLength)
	case size > window-pcapPacketHead:
		return nil, c.skip(pcapPacketHead+size, reasonLong)
	}
	return c.take(pcapPacketHead + size)
}

// open forgets how long packets may be: pcapgo would take as much memory.
func (p *pcap) open(pieces io.Reader) (err error) {
	if p.Reader, err = pcapgo.NewReader(pieces); err == nil {
		p.SetSnaplen(0)
	}
	return err
}

func (p *pcap) packet(_ int, data []byte) packet {
	return packet{link: uint16(p.LinkType()), order: p.order, data: data, iface: nameless}
}
