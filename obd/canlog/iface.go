package canlog

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"time"
)

// iface is what the sieve keeps of an interface of a section.
type iface struct {
	snap  uint32 // longest packet
	shift uint8  // 0, or ticks are 2^-shift seconds and have to become nanoseconds
}

const (
	optionEnd        = 0
	optionName       = 2
	optionResolution = 9  // 1 byte: 10^-n, with bit 7 set 2^-n, seconds
	optionOffset     = 14 // 8 bytes: seconds that all times lack

	twos        = 0x80
	nanoseconds = 9
	uncountable = 64
)

// maxIfaces bounds what a file can make the reader keep.
const maxIfaces = 256

// siftInterface writes an interface anew, with a name that can be shown and a
// resolution that pcapgo knows:
//
//	0  2  link type
//	4  4  longest packet; pcapgo would take that much memory
//	8     options
func (s *section) siftInterface(c *capture, b []byte) ([]byte, error) {
	const head = blockHead + 8
	switch {
	case len(s.ifaces) == maxIfaces:
		return nil, c.fault("more than 256 interfaces")
	case len(b) < head:
		s.broken = true
		return nil, c.fault("an interface cut off")
	}
	snap, resolution := cmp.Or(s.order.Uint32(b[12:]), math.MaxUint32), byte(6)
	if v := s.option(b[head:], optionResolution); len(v) == 1 {
		resolution = v[0]
	}
	resolution, shift := known(resolution)
	name := spell(s.option(b[head:], optionName))
	if len(name) == 0 {
		name = fmt.Appendf(nil, "if%d", len(s.ifaces))
	}
	s.ifaces = append(s.ifaces, iface{snap: snap, shift: shift})
	w := append(s.written[:0], b[:head]...)
	s.order.PutUint32(w[12:], 0)
	w = s.appendOption(w, optionName, name)
	w = s.appendOption(w, optionResolution, []byte{resolution})
	w = s.appendOption(w, optionOffset, s.option(b[head:], optionOffset))
	s.written = s.closed(w)
	return s.written, nil
}

// option gives the value of an option, of an unreadable list nil:
//
//	code 2  length 2  value, filled up to a multiple of 4
func (s *section) option(b []byte, code uint16) []byte {
	for len(b) >= 4 {
		this, size := s.order.Uint16(b), s.order.Uint16(b[2:])
		end := 4 + filled(uint32(size))
		switch {
		case end > int64(len(b)), this == optionEnd:
			return nil
		case this == code:
			return b[4 : 4+int(size)]
		}
		b = b[end:]
	}
	return nil
}

func (s *section) appendOption(b []byte, code uint16, value []byte) []byte {
	b = s.order.AppendUint16(b, code)
	b = s.order.AppendUint16(b, uint16(len(value)))
	b = append(b, value...)
	return append(b, make([]byte, -len(value)&3)...)
}

// known gives the resolution that pcapgo is told instead of one. It knows
// powers of ten, as many as 64 bits can hold, and the second as 2^0.
func known(resolution byte) (told, shift uint8) {
	switch {
	case resolution == 0:
		return twos, 0
	case resolution <= 19, resolution == twos:
		return resolution, 0
	case resolution < twos:
		return nanoseconds, uncountable
	}
	return nanoseconds, min(resolution&^twos, uncountable)
}

// count has the ticks of a packet in the resolution that pcapgo was told.
func (i iface) count(order byteOrder, b []byte) bool {
	if i.shift == 0 {
		return true
	}
	ticks := uint64(order.Uint32(b))<<32 | uint64(order.Uint32(b[4:]))
	high, low := bits.Mul64(ticks, uint64(time.Second))
	ticks = high<<(64-i.shift) | low>>i.shift
	order.PutUint32(b, uint32(ticks>>32))
	order.PutUint32(b[4:], uint32(ticks))
	return i.shift != uncountable && high>>i.shift == 0
}
