package socketcan

import (
	"context"
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/untether-obd/untether/obd/transport"
)

// sieve has the kernel keep from a raw socket what is of no concern to any
// conversation. It lets more through with every conversation and never less:
// that somebody else asks what we have asked is worth knowing later too. Error
// frames always come through.
type sieve struct {
	bus *bus // nil: somebody else looks at the frames too, and wants them all

	mu    sync.Mutex
	holes []unix.CanFilter
	off   bool // everything comes through
}

// holesMax is CAN_RAW_FILTER_MAX; who needs more gets everything.
const holesMax = 512

// everything is the filter that a socket has at first.
var everything = []unix.CanFilter{{}}

// admit lets both sides of a conversation through.
func (s *sieve) admit(a *transport.Address) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.holes)
	for _, h := range holes(a) {
		if !slices.Contains(s.holes, h) {
			s.holes = append(s.holes, h)
		}
	}
	if len(s.holes) == before {
		return nil
	}
	return s.set()
}

// lift lets everything through, until that is taken back.
func (s *sieve) lift(off bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.off = off
	return s.set()
}

// set tells the kernel; s.mu is held.
func (s *sieve) set() error {
	switch {
	case s.bus == nil:
		return nil
	case s.off || len(s.holes) > holesMax:
		return s.bus.filter(everything)
	default:
		return s.bus.filter(s.holes)
	}
}

// holes gives filters for a conversation: one for its requests, one for the
// responses and, with a group, one for the flow control to each responder.
func holes(a *transport.Address) []unix.CanFilter {
	if a.RXLast-a.RX >= groupMax {
		return everything
	}
	var requests, responses, flow block
	requests.take(a.TX)
	for rx := a.RX; a.Accepts(rx); rx++ {
		responses.take(rx)
		if unit, ok := a.Responder(rx); ok {
			flow.take(unit.TX)
		}
	}
	all := []unix.CanFilter{requests.filter(a.Extended), responses.filter(a.Extended)}
	if flow.some {
		all = append(all, flow.filter(a.Extended))
	}
	return all
}

// groupMax bounds the responders that are looked at one by one: no group has
// as many.
const groupMax = 4096

// block lets identifiers through that differ in some bits only.
type block struct {
	id, free uint32
	some     bool
}

func (b *block) take(id uint32) {
	if !b.some {
		b.id, b.some = id, true
	}
	b.free |= b.id ^ id
}

// filter lets remote frames through as well. As it does, the kernel serves the
// socket before its ISO-TP, like one that has everything.
func (b *block) filter(extended bool) unix.CanFilter {
	return unix.CanFilter{
		Id:   canID(b.id&^b.free, extended),
		Mask: unix.CAN_EFF_FLAG | unix.CAN_EFF_MASK&^b.free,
	}
}

// filter has the kernel hand on what one of these lets through, and error
// frames. No frame is lost or doubled while they change.
func (b *bus) filter(only []unix.CanFilter) error {
	var err error
	ctl := b.conn.Control(func(fd uintptr) {
		err = unix.SetsockoptCanRawFilter(int(fd), unix.SOL_CAN_RAW, unix.CAN_RAW_FILTER, only)
	})
	if over := b.usable(context.Background()); over != nil {
		return over
	}
	if ctl != nil {
		return ctl
	}
	return b.why(err)
}
