package canlog

import (
	"encoding/binary"
	"io"

	"github.com/gopacket/gopacket/pcapgo"
)

// section is the sieve of a section of a pcapng file
// (https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcapng/). It consists of
// blocks, the first of which says the byte order:
//
//	0  4  type
//	4  4  length of the whole block, a multiple of 4
//	8     body
//	   4  length again
//
// Only interfaces and packets go through, for pcapgo
//
//   - reads on elsewhere where a length is longer than what it stands in
//   - keeps all interfaces, their descriptions, names of addresses, secrets
//   - takes if_tsresol 0 for none and counts wrongly in powers of two
//   - takes epb_flags to be little-endian, and memory for each
type section struct {
	*pcapgo.NgReader
	order   byteOrder
	ifaces  []iface
	broken  bool   // an interface could not be read: their numbers are not known
	own     bool   // the packet that went last
	written []byte // the block that went last, if it had to be written anew
}

type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

const (
	blockSection   = 0x0A0D0D0A
	blockInterface = 1
	blockOldPacket = 2
	blockSimple    = 3
	blockPacket    = 6

	orderMagic = 0x1A2B3C4D
	blockHead  = 8
	blockTail  = 4
	minBlock   = blockHead + blockTail
	minSection = minBlock + 16
)

// sectionOrder gives the byte order of the section that begins with head, or
// nil if none does.
func sectionOrder(head []byte) byteOrder {
	if len(head) < minBlock || binary.LittleEndian.Uint32(head) != blockSection {
		return nil
	}
	for _, order := range []byteOrder{binary.LittleEndian, binary.BigEndian} {
		total := order.Uint32(head[4:])
		if order.Uint32(head[blockHead:]) == orderMagic && total >= minSection && total%4 == 0 {
			return order
		}
	}
	return nil
}

// begin gives the header without its options. All versions 1 are read alike.
func (s *section) begin(c *capture) ([]byte, error) {
	head, err := c.r.in.Peek(minSection - blockTail)
	if err != nil {
		return nil, c.cutOff(err)
	}
	reason := ""
	if s.broken = s.order.Uint16(head[12:]) != 1; s.broken {
		reason = "a section of an unknown version"
	}
	b := append(s.written, head...)
	s.order.PutUint16(b[14:], 0)
	if err := c.skip(s.order.Uint32(head[4:]), reason); err != nil {
		return nil, err
	}
	s.written = s.closed(b)
	return s.written, nil
}

// closed ends a block, in the memory of the one that it was made of.
func (s *section) closed(b []byte) []byte {
	total := uint32(len(b) + blockTail)
	s.order.PutUint32(b[4:], total)
	return s.order.AppendUint32(b, total)
}

func (s *section) sift(c *capture, head []byte) ([]byte, error) {
	kind, total := s.order.Uint32(head), s.order.Uint32(head[4:])
	needed := kind == blockPacket || kind == blockOldPacket || kind == blockSimple || kind == blockInterface && !s.broken
	switch {
	case total < minBlock, total%4 != 0, kind == blockSection:
		return nil, c.end("a block of impossible length")
	case !needed:
		return nil, c.skip(total, "")
	case total > window:
		s.broken = s.broken || kind == blockInterface
		return nil, c.skip(total, reasonLong)
	}
	b, err := c.take(total)
	if err != nil {
		return nil, err
	}
	body, tail := b[:total-blockTail], b[total-blockTail:]
	switch {
	case s.order.Uint32(tail) != total:
		return nil, c.end("a block whose two lengths differ")
	case kind == blockInterface:
		return s.siftInterface(c, body)
	}
	return s.siftPacket(c, kind, body)
}

const (
	optionFlags = 2 // of a packet; bits 0-1: 1 received, 2 sent

	reasonLonger = "a packet longer than its block"
)

// siftPacket cuts the options off, of which the direction is kept:
//
//	6  interface 4, ticks 4 (high) 4 (low), length 4, of how many 4, data, options
//	2  interface 2, drops 2, then as 6
//	3  of how many 4, data; of interface 0, without time
func (s *section) siftPacket(c *capture, kind uint32, b []byte) ([]byte, error) {
	data, size, i := blockHead+20, blockHead+12, uint32(0)
	if kind == blockSimple {
		data, size = blockHead+4, blockHead
	}
	switch {
	case len(b) < data:
		return nil, c.fault(reasonLonger)
	case kind == blockPacket:
		i = s.order.Uint32(b[blockHead:])
	case kind == blockOldPacket:
		i = uint32(s.order.Uint16(b[blockHead:]))
	}
	length, known := s.order.Uint32(b[size:]), !s.broken && i < uint32(len(s.ifaces))
	if kind == blockSimple && known {
		length = min(length, s.ifaces[0].snap)
		s.order.PutUint32(b[size:], length)
	}
	end := int64(data) + filled(length)
	switch {
	case end > int64(len(b)):
		return nil, c.fault(reasonLonger)
	case !known:
		return nil, c.fault("a packet of an unknown interface")
	case kind != blockSimple && !s.ifaces[i].count(s.order, b[12:20]):
		return nil, c.fault(reasonRange)
	}
	flags := s.option(b[end:], optionFlags)
	s.own = len(flags) == 4 && s.order.Uint32(flags)&3 == 2
	return s.closed(b[:end]), nil
}

// filled is a length with what fills it up to a multiple of 4.
func filled(n uint32) int64 { return (int64(n) + 3) &^ 3 }

func (s *section) open(pieces io.Reader) (err error) {
	s.NgReader, err = pcapgo.NewNgReader(pieces, pcapgo.NgReaderOptions{WantMixedLinkType: true})
	return err
}

// packet is of an interface that pcapgo knows: others stay in the sieve.
func (s *section) packet(i int, data []byte) packet {
	from, _ := s.Interface(i)
	return packet{link: uint16(from.LinkType), order: s.order, data: data, iface: from.Name, own: s.own}
}
