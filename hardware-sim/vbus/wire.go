package vbus

import (
	"slices"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

// flight is a frame on the wire.
type flight struct {
	pending
	from       *Node
	number     uint64
	meant      can.Frame // what the sender had queued
	disturbed  bool      // somebody objects to it
	start, end time.Time
}

// Lengths of fields that stand after every frame.
const (
	intermission = 3
	endOfFrame   = 7
)

// What an error costs, in nominal bits. An error frame is a flag of 6 bits,
// which others answer with theirs if they find the error through it, and a
// delimiter.
const (
	flags      = 12
	delimiter  = 8
	headerBase = 16 // SOF to FDF and the bit after it, where the kinds of frame part
	headerExt  = 35
	suspend    = 8 // what an error-passive sender waits longer than others

	// From the end of a frame to the next one's start.
	afterFrame  = intermission
	afterNoAck  = 6 + delimiter + intermission - 1 - endOfFrame // the flag takes the place of ACK delimiter and EOF
	afterErrors = delimiter + intermission
)

// advance moves the bus up to now and gives the time at which it must be
// moved again, zero if nothing is to come.
//
//	idle ── a frame is queued and the wire is free ──► flying (start)
//	flying ── end of frame, or of the error flags ──► idle (land)
func (s *Segment) advance(now time.Time) time.Time {
	for {
		if s.flying {
			if s.flight.end.After(now) {
				return s.flight.end
			}
			s.land(&s.flight)
			continue
		}
		at := s.earliest()
		if at.IsZero() || at.After(now) {
			return at
		}
		s.generate(at)
		s.start(at)
	}
}

// start lets the frame fly that wins arbitration at a time.
func (s *Segment) start(at time.Time) {
	n, i := s.arbitrate(at)
	if n == nil {
		return
	}
	p := n.queue[i]
	n.queue = slices.Delete(n.queue, i, i+1)
	s.decide(n, &p, at)
	if delay := p.fate.Delay; delay > 0 {
		p.fate.Delay, p.apart, p.queued = 0, true, at.Add(delay)
		n.queue = append(n.queue, p)
		return
	}
	if p.frame.Is(can.FD) && n.passive {
		p.frame.Flags |= can.ESI
	}
	s.flown++
	s.flight = flight{pending: p, from: n, number: s.flown, start: at, meant: p.frame}
	if p.fate.Instead != nil {
		s.flight.frame = *p.fate.Instead
	}
	s.flying = true
	s.flight.disturbed = s.disturbs(&s.flight)
	s.flight.end = s.flight.start.Add(s.length(&s.flight))
	s.rouse()
}

func (s *Segment) decide(n *Node, p *pending, at time.Time) {
	if p.decided || s.cfg.Hook == nil {
		return
	}
	p.decided = true
	p.fate = s.cfg.Hook(Attempt{From: n.name, Frame: p.frame, Number: p.attempt, Start: at})
}

// disturbs reports whether somebody breaks the frame off.
func (s *Segment) disturbs(fl *flight) bool {
	return slices.ContainsFunc(s.nodes, func(n *Node) bool { return n.objects(fl) })
}

// length is the time from the frame's start to its end.
func (s *Segment) length(fl *flight) time.Duration {
	switch {
	case s.cfg.Bitrate == 0:
		return 0
	case !fl.disturbed:
		return FrameDuration(&fl.frame, fl.from.bitrate, s.cfg.DataBitrate) - s.bits(intermission)
	case fl.frame.Is(can.Extended):
		return s.bits(headerExt + flags)
	}
	return s.bits(headerBase + flags)
}

// FrameDuration is the time from a frame's first bit to the first bit that may
// follow it.
func FrameDuration(f *can.Frame, bitrate, dataBitrate int) time.Duration {
	return can.FrameBits(f).Duration(bitrate, dataBitrate)
}

func (s *Segment) bits(n int) time.Duration {
	return can.Bits{Nominal: n}.Duration(s.cfg.Bitrate, 0)
}

// rouse calls those who sleep.
func (s *Segment) rouse() {
	for _, n := range s.nodes {
		if n.asleep && !n.woken && n.onWake != nil {
			n.woken = true
			s.wakes = append(s.wakes, n.onWake)
		}
	}
}

// land ends the flight.
func (s *Segment) land(fl *flight) {
	s.flying = false
	rest := afterFrame
	switch {
	case fl.disturbed || fl.fate.Corrupt:
		s.spoil(fl)
		rest = afterErrors
	case !s.acknowledged(fl):
		s.ignore(fl)
		rest = afterNoAck
	default:
		s.deliver(fl)
	}
	s.free = fl.end.Add(s.bits(rest))
	if rest != afterFrame && s.cfg.Bitrate == 0 {
		s.free = fl.end.Add(repeatUnpaced)
	}
	if fl.from.passive {
		fl.from.hold = s.free.Add(s.bits(suspend))
	}
}

func (s *Segment) acknowledged(fl *flight) bool {
	return slices.ContainsFunc(s.nodes, func(n *Node) bool {
		return n.hears(fl) && !n.listen && !n.garbles(fl)
	})
}

func (s *Segment) deliver(fl *flight) {
	s.log(fl, &fl.frame)
	fl.from.sent(fl)
	for _, n := range s.nodes {
		switch {
		case !n.hears(fl):
		case n.garbles(fl):
			n.misheard(fl.end, 1)
			n.report(fl.end, garbled)
		default:
			n.heard(fl.end)
			s.arrive(n, fl)
		}
	}
}

func (s *Segment) arrive(n *Node, fl *flight) {
	if fl.fate.Drop || s.cfg.Loss > 0 && s.chance.Float64() < s.cfg.Loss {
		return
	}
	n.push(can.Rx{Frame: fl.frame, Time: fl.end})
}

// sent ends the flight for its sender.
func (n *Node) sent(fl *flight) {
	n.transmitted(fl.end)
	n.release(&fl.pending)
	if n.inert() != nil {
		return
	}
	if !fl.silent {
		n.push(can.Rx{Frame: fl.meant, Time: fl.end, Own: true})
	}
	if fl.fate.Duplicate {
		again := pending{frame: fl.frame, queued: fl.end, decided: true, silent: true}
		n.queue = slices.Insert(n.queue, 0, again)
	}
	n.follow(fl)
}

// follow queues what comes behind the frame, each apart from the rest of the
// queue: nobody waits for it.
func (n *Node) follow(fl *flight) {
	for _, x := range fl.fate.Then {
		n.queue = append(n.queue, pending{
			frame: x.Frame, queued: fl.end.Add(x.After), decided: true, silent: true, apart: true,
		})
	}
}

// again puts a frame that failed back to the head of the queue.
func (n *Node) again(fl *flight) {
	if n.inert() != nil {
		n.release(&fl.pending)
		return
	}
	p := fl.pending
	p.frame = fl.meant
	p.attempt++
	p.apart = false
	p.decided, p.fate = p.silent, Fate{}
	n.queue = slices.Insert(n.queue, 0, p)
}

// hears reports whether the node has been there since the frame's start.
func (n *Node) hears(fl *flight) bool {
	return n != fl.from && n.since < fl.number && !n.asleep && !n.busOff
}

// garbles reports whether the frame makes no sense to the node.
func (n *Node) garbles(fl *flight) bool {
	return n.bitrate != fl.from.bitrate || n.classic && fl.frame.Is(can.FD)
}

// objects reports whether the node breaks the frame off.
func (n *Node) objects(fl *flight) bool {
	return n.hears(fl) && n.garbles(fl) && !n.listen && !n.passive
}
