package tape

import (
	"time"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
)

// What an exchange and an event take in memory, in bytes, besides their
// content.
const (
	exchangeCost = 160
	eventCost    = 160
)

// eventsMax bounds what is kept of a unit that speaks without end. It is more
// than anybody takes in the time that he waits.
const eventsMax = 1 << 10

// voice puts together what one unit says.
type voice struct {
	a      transport.Address
	m      *isotp.Machine
	side   *Side
	latest *exchange // what whoever asked here waits for
	turn   bool      // what begins now is for them, not for another address
	long   bool      // a long message began
	open   bool      // and is for them
	from   time.Time // when it did

	flying []time.Time // when flow control was due that was not yet seen on the wire
}

func newVoice(a transport.Address, s *Side) *voice {
	return &voice{a: a, side: s, m: isotp.NewMachine(isotp.Config{Address: a})}
}

// hear takes a frame of the unit.
func (v *voice) hear(now time.Time, f *can.Frame) {
	v.expire(now)
	if kindOf(f, aeLen(v.a)) == consecutive && !v.side.tape.facts.Own {
		v.m.Transmitted(now, true) // our flow control may be unmarked or missing
	}
	if f.Is(can.Remote) || f.Len == 0 || v.m.Handle(now, f) != nil {
		v.ignore()
		return
	}
	var reply can.Frame
	if v.m.NextFrame(now, &reply) { // the recording shows when it went
		v.flying = append(v.flying[max(0, len(v.flying)-flyingMax):], now)
	}
	v.tell(now)
}

// ignore counts a frame as a link does that has only this conversation.
func (v *voice) ignore() {
	if v.turn || v.open {
		v.side.ignored++
	}
}

// flyingMax is more flow control than a controller has room for.
const flyingMax = 64

// cleared: flow control of ours was on the wire. Where a unit begins anew
// before the last one was, there are several on their way, and only the latest
// lets the unit's message go on.
func (v *voice) cleared(now time.Time) {
	v.expire(now)
	for len(v.flying) > 0 && now.Sub(v.flying[0]) >= time.Second { // N_Ar: it was given up
		v.flying = v.flying[1:]
	}
	if len(v.flying) > 0 {
		v.flying = v.flying[1:]
	}
	if len(v.flying) == 0 {
		v.m.Transmitted(now, true)
	}
	v.tell(now)
}

// expire lets the timers run out that did before now.
func (v *voice) expire(now time.Time) {
	for {
		at := v.m.Deadline()
		if at.IsZero() || at.After(now) || !v.m.Receiving() {
			return
		}
		v.m.Expire(at)
		v.tell(at)
	}
}

func (v *voice) end() {
	if at := v.m.Deadline(); !at.IsZero() {
		v.expire(at)
	}
}

func (v *voice) tell(now time.Time) {
	for e, ok := v.m.Event(); ok; e, ok = v.m.Event() {
		switch e.Kind {
		case isotp.FirstFrame:
			v.long, v.open, v.from = true, v.turn, now
		case isotp.Received, isotp.Failed:
			v.keep(e, now)
		case isotp.Sent: // nothing is
		}
	}
}

// keep adds a message or a failure to the latest exchange. A link does so too:
// a message that began before the request, and ends behind it, is taken for an
// answer to it.
func (v *voice) keep(e isotp.Event, now time.Time) {
	x, ours, began := v.latest, v.turn, now
	if v.long {
		ours, began = v.open, v.from
	}
	v.long = false
	if x == nil || !ours || len(x.events) == eventsMax || !v.side.tape.keep(eventCost+len(e.Data)) {
		return
	}
	x.events = append(x.events, Event{
		From: v.a, Data: e.Data, Err: e.Err, First: began.Sub(x.sent), Last: now.Sub(x.sent),
	})
}
