package canlog

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
)

// section is a section of a pcapng file
// (https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcapng/), read block by
// block. Its first block says the byte order of all:
//
//	0  4  type
//	4  4  length of the whole block, a multiple of 4
//	8     body
//	   4  length again
type section struct {
	order  binary.ByteOrder
	ifaces []iface
	broken bool // an interface could not be read: their numbers are not known
}

// Block types. Others are passed over.
const (
	blockSection   = 0x0A0D0D0A
	blockInterface = 1
	blockOldPacket = 2
	blockSimple    = 3
	blockPacket    = 6

	orderMagic = 0x1A2B3C4D
	blockHead  = 8
	minBlock   = blockHead + 4
)

// maxIfaces bounds what a file can make the reader keep.
const maxIfaces = 256

// sectionOrder gives the byte order of the section that begins with head, or
// nil if none does.
func sectionOrder(head []byte) binary.ByteOrder {
	if len(head) < minBlock || binary.LittleEndian.Uint32(head) != blockSection {
		return nil
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		total := order.Uint32(head[4:])
		if order.Uint32(head[blockHead:]) == orderMagic && total >= minBlock+16 && total%4 == 0 {
			return order
		}
	}
	return nil
}

func (s *section) next(r *Reader) (Record, error) {
	for {
		kind, body, err := s.block(r)
		if err != nil {
			return Record{}, err
		}
		switch kind {
		case blockSection:
			err = s.begin(r, body)
		case blockInterface:
			err = s.addInterface(r, body)
		default:
			return s.packet(r, kind, body)
		}
		if err != nil {
			return Record{}, err
		}
	}
}

// block gives the body of the next block that matters. It is the reader's
// memory until the next read.
func (s *section) block(r *Reader) (kind uint32, body []byte, err error) {
	for {
		head, err := r.in.Peek(headSize)
		order := sectionOrder(head)
		switch {
		case len(head) == 0:
			return 0, nil, r.ioError(err)
		case order != nil:
			s.order = order
		case isText(head[:min(len(head), minBlock)]), sniff(head) != nil:
			return 0, nil, errElse
		case len(head) < minBlock:
			return 0, nil, r.cutOff("pcapng", err)
		}
		kind, total := s.order.Uint32(head), s.order.Uint32(head[4:])
		if total < minBlock || total%4 != 0 || kind == blockSection && order == nil {
			return 0, nil, r.end("pcapng", "a block of impossible length")
		}
		if body, err = s.body(r, kind, total); body != nil || err != nil {
			return kind, body, err
		}
	}
}

// body takes a block out of the source. One that does not matter gives
// neither body nor error.
func (s *section) body(r *Reader, kind, total uint32) ([]byte, error) {
	switch kind {
	case blockSection, blockInterface, blockPacket, blockOldPacket, blockSimple:
	default:
		return nil, r.skip("pcapng", total, "")
	}
	if total > window {
		s.broken = s.broken || kind == blockInterface || kind == blockSection
		return nil, r.skip("pcapng", total, reasonLong)
	}
	whole, err := r.in.Peek(int(total))
	if err != nil {
		return nil, r.cutOff("pcapng", err)
	}
	_, _ = r.in.Discard(int(total)) // was peeked at
	if s.order.Uint32(whole[total-4:]) != total {
		return nil, r.end("pcapng", "a block whose two lengths differ")
	}
	return whole[blockHead : total-4], nil
}

// fault is the error of a block, which counts as a packet.
func (s *section) fault(r *Reader, reason string) error {
	r.line++
	return r.fault("pcapng", reason)
}

func (s *section) begin(r *Reader, body []byte) error {
	*s = section{order: s.order}
	if len(body) < 16 || s.order.Uint16(body[4:]) != 1 {
		s.broken = true
		return s.fault(r, "a section of an unknown version")
	}
	return nil
}

// packet reads the blocks that hold one:
//
//	6     interface 4, ticks 4 (high) 4 (low), length 4, of how many 4, data, options
//	2     interface 2, drops 2, then as 6
//	3     of how many 4, data; of interface 0, without time
func (s *section) packet(r *Reader, kind uint32, body []byte) (Record, error) {
	r.line++
	i, ticks, data, options, ok := s.parsePacket(kind, body)
	if !ok {
		return Record{}, r.fault("pcapng", "a packet longer than its block")
	}
	if s.broken || i >= uint32(len(s.ifaces)) {
		return Record{}, r.fault("pcapng", "a packet of an unknown interface")
	}
	from := packet{link: s.ifaces[i].link, order: s.order, data: data}
	f, own, reason := from.frame()
	if reason != "" {
		return Record{}, r.fault("pcapng", reason)
	}
	at, ok := s.ifaces[i].time(ticks)
	if kind == blockSimple {
		at, ok = r.clock.at(r, stamp{})
	}
	if !ok {
		return Record{}, r.fault("pcapng", reasonRange)
	}
	return r.record(&f, own || s.outbound(options), at, s.ifaces[i].name), nil
}

func (s *section) parsePacket(kind uint32, b []byte) (i uint32, ticks uint64, data, options []byte, ok bool) {
	if kind == blockSimple {
		if len(b) < 4 {
			return 0, 0, nil, nil, false
		}
		size := s.order.Uint32(b)
		if len(s.ifaces) > 0 && s.ifaces[0].snap > 0 {
			size = min(size, s.ifaces[0].snap)
		}
		data, _, ok = padded(b[4:], size)
		return 0, 0, data, nil, ok
	}
	if len(b) < 20 {
		return 0, 0, nil, nil, false
	}
	i = s.order.Uint32(b)
	if kind == blockOldPacket {
		i = uint32(s.order.Uint16(b))
	}
	ticks = uint64(s.order.Uint32(b[4:]))<<32 | uint64(s.order.Uint32(b[8:]))
	data, options, ok = padded(b[20:], s.order.Uint32(b[12:]))
	return i, ticks, data, options, ok
}

// padded cuts off n bytes and what fills them up to a multiple of 4.
func padded(b []byte, n uint32) (data, rest []byte, ok bool) {
	if n > math.MaxUint32-3 || (n+3)&^3 > uint32(len(b)) {
		return nil, nil, false
	}
	return b[:n], b[(n+3)&^3:], true
}

const (
	optionEnd   = 0
	optionFlags = 2 // of a packet; bits 0-1: 1 received, 2 sent
)

// option gives the value of an option, of an unreadable list nil:
//
//	code 2  length 2  value, filled up to a multiple of 4
func (s *section) option(b []byte, code uint16) []byte {
	for len(b) >= 4 {
		this, size := s.order.Uint16(b), s.order.Uint16(b[2:])
		value, rest, ok := padded(b[4:], uint32(size))
		switch {
		case !ok, this == optionEnd:
			return nil
		case this == code:
			return value
		}
		b = rest
	}
	return nil
}

func (s *section) outbound(options []byte) bool {
	flags := s.option(options, optionFlags)
	return len(flags) == 4 && s.order.Uint32(flags)&3 == 2
}

func isEOF(err error) bool { return errors.Is(err, io.EOF) }
