package vbus

import (
	"time"

	"github.com/untether-obd/untether/obd/can"
)

// earliest is when the next frame can start, zero if none is in sight.
func (s *Segment) earliest() (at time.Time) {
	for _, n := range s.nodes {
		if t := n.ready(); !t.IsZero() && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	if !at.IsZero() && at.Before(s.free) {
		return s.free
	}
	return at
}

// ready is when the node first wants the wire.
func (n *Node) ready() (at time.Time) {
	sooner := func(t time.Time) {
		if at.IsZero() || t.Before(at) {
			at = t
		}
	}
	n.contenders(func(_ int, p *pending) { sooner(later(p.queued, n.hold)) })
	if n.gen != nil && !n.asleep {
		sooner(n.gen.next)
	}
	return at
}

// contenders are the head of the queue and whatever was delayed.
func (n *Node) contenders(visit func(i int, p *pending)) {
	head := true
	for i := range n.queue {
		if p := &n.queue[i]; p.apart || head {
			visit(i, p)
			head = head && p.apart
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// arbitrate gives the node and the place in its queue of the frame whose
// arbitration field is dominant first.
func (s *Segment) arbitrate(at time.Time) (winner *Node, place int) {
	var best uint32
	for _, n := range s.nodes {
		if n.hold.After(at) {
			continue
		}
		n.contenders(func(i int, p *pending) {
			if p.queued.After(at) {
				return
			}
			if k := priority(&p.frame); winner == nil || k < best {
				winner, place, best = n, i, k
			}
		})
	}
	return winner, place
}

// priority is the arbitration field as a number; the lower wins.
//
//	11-bit  ID11 RTR IDE=0
//	29-bit  ID11 SRR=1 IDE=1 ID18 RTR
func priority(f *can.Frame) uint32 {
	if !f.Is(can.Extended) {
		return f.ID<<21 | flag(f, can.Remote)<<20
	}
	return f.ID>>18<<21 | 0b11<<19 | f.ID&0x3FFFF<<1 | flag(f, can.Remote)
}

func flag(f *can.Frame, want can.Flags) uint32 {
	if f.Is(want) {
		return 1
	}
	return 0
}
