package vbus

import (
	"time"

	"github.com/untether-obd/untether/obd/can"
)

// Fault confinement of ISO 11898-1: a controller that sees errors counts up,
// the one at fault faster, and withdraws in two steps.
//
//	error-active ── TEC or REC > 127 ──► error-passive ── TEC > 255 ──► bus-off
//	             ◄── both <= 127 ───────
const (
	passiveAbove = 127
	busOffAbove  = 255
	atFault      = 8   // added for the error of a sender, or of the first to object
	afterPassive = 119 // REC of an error-passive receiver after a good frame
)

// transmitted counts a frame sent well.
func (n *Node) transmitted(at time.Time) {
	n.tec = max(n.tec-1, 0)
	n.settle(at)
}

// heard counts a frame received well.
func (n *Node) heard(at time.Time) {
	if n.listen {
		return
	}
	n.rec = max(n.rec-1, 0)
	if n.rec >= passiveAbove {
		n.rec = afterPassive
	}
	n.settle(at)
}

// misheard counts an error seen while receiving.
func (n *Node) misheard(at time.Time, by int) {
	if n.listen {
		return
	}
	n.rec = min(n.rec+by, busOffAbove)
	n.settle(at)
}

// failed counts an error seen while sending.
func (n *Node) failed(at time.Time) {
	n.tec += atFault
	n.settle(at)
}

// settle takes the step that the counters ask for.
func (n *Node) settle(at time.Time) {
	passive := n.tec > passiveAbove || n.rec > passiveAbove
	switch {
	case n.busOff:
	case n.tec > busOffAbove:
		n.busOff = true
		n.clear()
		close(n.off)
		n.report(at, report{class: can.ErrBusOff})
	case passive != n.passive:
		n.passive = passive
		n.report(at, report{class: can.ErrController, controller: n.controller()})
	}
}

// Bits of an error frame's data, as in linux/can/error.h.
const (
	controllerRxPassive = 0x10
	controllerTxPassive = 0x20
	controllerActive    = 0x40

	protocolBit   = 0x01
	protocolStuff = 0x04
	protocolTx    = 0x80

	placeCRC = 0x08
	placeACK = 0x19
)

func (n *Node) controller() (bits byte) {
	if n.rec > passiveAbove {
		bits |= controllerRxPassive
	}
	if n.tec > passiveAbove {
		bits |= controllerTxPassive
	}
	if bits == 0 {
		return controllerActive
	}
	return bits
}

// report is what an error frame says: the class in the identifier, details in
// the data.
type report struct {
	class                       uint32
	controller, protocol, place byte
}

func (r report) frame() can.Frame {
	f := can.Frame{ID: r.class, Flags: can.Error, Len: can.MaxLen}
	f.Data[1], f.Data[2], f.Data[3] = r.controller, r.protocol, r.place
	return f
}

func (n *Node) report(at time.Time, r report) {
	f := r.frame()
	f.Data[6], f.Data[7] = byte(min(n.tec, 0xFF)), byte(n.rec)
	n.push(can.Rx{Frame: f, Time: at})
}

// The errors that happen on this wire.
var (
	garbled   = report{class: can.ErrProtocol | can.ErrBusError, protocol: protocolStuff}
	corrupted = report{class: can.ErrProtocol | can.ErrBusError, place: placeCRC}
	spoiled   = report{class: can.ErrProtocol | can.ErrBusError, protocol: protocolBit | protocolTx}
	unheard   = report{class: can.ErrAck, place: placeACK}
)

// spoil ends a frame that somebody broke off.
func (s *Segment) spoil(fl *flight) {
	seen := corrupted
	if fl.disturbed {
		seen = garbled
	}
	f := seen.frame()
	s.log(fl, &f)
	for _, n := range s.nodes {
		if !n.hears(fl) {
			continue
		}
		by := 1
		if n.objects(fl) {
			by += atFault // it sees the others answer its flag
		}
		n.misheard(fl.end, by)
		n.report(fl.end, seen)
	}
	fl.from.failed(fl.end)
	fl.from.report(fl.end, spoiled)
	fl.from.again(fl)
}

// ignore ends a frame that nobody acknowledged. An error-passive sender
// doesn't count that, so it never goes bus-off alone on the wire.
func (s *Segment) ignore(fl *flight) {
	f := unheard.frame()
	s.log(fl, &f)
	for _, n := range s.nodes {
		if n.hears(fl) {
			n.misheard(fl.end, 1)
			n.report(fl.end, garbled)
		}
	}
	if fl.attempt == 0 {
		fl.from.report(fl.end, unheard)
	}
	if !fl.from.passive {
		fl.from.failed(fl.end)
	}
	fl.from.again(fl)
}
