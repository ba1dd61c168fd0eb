package canlog

import (
	"fmt"
	"math/bits"
	"time"
)

// iface is an interface of a section: what packets say only by number.
type iface struct {
	name      string
	link      uint16
	snap      uint32 // longest packet; 0 any
	perSecond uint64 // ticks
	offset    int64  // seconds that all times lack
}

const (
	optionName       = 2
	optionResolution = 9  // 1 byte: 10^-n, with bit 7 set 2^-n, seconds
	optionOffset     = 14 // 8 bytes
)

// addInterface reads an interface block:
//
//	0  2  link type
//	4  4  longest packet
//	8     options
func (s *section) addInterface(r *Reader, body []byte) error {
	switch {
	case len(s.ifaces) == maxIfaces:
		return s.fault(r, "more than 256 interfaces")
	case len(body) < 8:
		s.broken = true
		return s.fault(r, "an interface cut off")
	}
	options := body[8:]
	i := iface{
		link:      s.order.Uint16(body),
		snap:      s.order.Uint32(body[4:]),
		perSecond: 1_000_000,
		name:      s.interfaceName(r, s.option(options, optionName)),
	}
	if b := s.option(options, optionOffset); len(b) == 8 {
		i.offset = int64(s.order.Uint64(b))
	}
	if b := s.option(options, optionResolution); len(b) == 1 {
		i.perSecond = ticks(b[0])
	}
	s.ifaces = append(s.ifaces, i)
	return nil
}

func (s *section) interfaceName(r *Reader, b []byte) string {
	if name, ok := r.names.of(spell(b)); ok {
		return name
	}
	return fmt.Sprintf("if%d", len(s.ifaces))
}

// ticks gives how many make a second, 0 if more than 64 bits can count.
func ticks(resolution byte) uint64 {
	n, base := resolution&0x7F, uint64(10)
	if resolution&0x80 != 0 {
		base = 2
	}
	per := uint64(1)
	for range n {
		high, low := bits.Mul64(per, base)
		if high != 0 {
			return 0
		}
		per = low
	}
	return per
}

// time turns ticks into a time, cut to nanoseconds.
func (i *iface) time(ticks uint64) (time.Time, bool) {
	if i.perSecond == 0 || ticks/i.perSecond >= maxSeconds || i.offset <= -maxSeconds || i.offset >= maxSeconds {
		return time.Time{}, false
	}
	seconds := int64(ticks/i.perSecond) + i.offset
	high, low := bits.Mul64(ticks%i.perSecond, uint64(time.Second))
	nanos, _ := bits.Div64(high, low, i.perSecond)
	return time.Unix(seconds, int64(nanos)).UTC(), inRange(seconds)
}
