package isotp

import (
	"errors"
	"fmt"
	"time"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// endpoint is a Machine and the timer that drives it.
type endpoint struct {
	conn  *Conn
	addr  transport.Address
	m     *Machine
	timer *time.Timer
	at    time.Time // when timer fires; zero: stopped
	count uint64    // frames handed out
	cause error     // why the frame under way failed, if the bus said so
	rx    time.Time // the bus's time of the last frame; the Machine runs by ours
	since time.Time // the same for the first frame of the message being received
}

func (c *Conn) endpoint(a transport.Address) *endpoint {
	return &endpoint{conn: c, addr: a, m: NewMachine(Config{Address: a, Params: c.par})}
}

// pump moves frames out and events up, and sets the timer; c.mu is held.
func (e *endpoint) pump(now time.Time) {
	if e.conn.isClosed() {
		return
	}
	o := outgoing{from: e}
	for e.m.NextFrame(now, &o.frame) {
		e.count++
		o.turn = e.count
		out := o
		e.conn.link.post(&out)
	}
	for ev, ok := e.m.Event(); ok; ev, ok = e.m.Event() {
		e.conn.event(e, ev)
	}
	e.schedule(now)
}

func (c *Conn) event(e *endpoint, ev Event) {
	switch {
	case ev.Kind == FirstFrame:
		c.open, e.since = c.receiving(), e.rx
	case ev.Kind == Received:
		c.asked = false
		c.open = c.receiving()
		c.keep(item{msg: e.message(ev)})
	case ev.Kind == Sent:
		c.report(outcome{})
		return
	case ev.Sending:
		c.report(e.explain(ev))
		return
	default:
		c.open = c.receiving()
		c.keep(item{err: ev.Err})
	}
	c.tell()
}

// itemsMax bounds what a unit can pile up that nobody takes.
const itemsMax = 64

func (c *Conn) keep(it item) {
	if len(c.items) == itemsMax {
		c.items = append(c.items[:0], c.items[1:]...)
		c.link.count(func(s *Stats) { s.Untaken++ })
	}
	c.items = append(c.items, it)
}

// message puts the bus's times in place of the Machine's.
func (e *endpoint) message(ev Event) transport.Message {
	msg := transport.Message{From: e.addr, Data: ev.Data, First: e.rx, Last: e.rx}
	if ev.First != ev.Last {
		msg.First = e.since
	}
	return msg
}

// receiving counts the messages whose first frame came and whose end did not.
func (c *Conn) receiving() (n int) {
	if c.main.m.Receiving() {
		n++
	}
	for _, e := range c.from {
		if e.m.Receiving() {
			n++
		}
	}
	return n
}

func (c *Conn) report(o outcome) {
	select {
	case c.sent <- o:
	default:
	}
}

// explain adds what the controller said to a failure to send, and whether the
// message left: a last frame that was handed out but not confirmed is unknown.
func (e *endpoint) explain(ev Event) outcome {
	o := outcome{err: ev.Err, sent: transport.SentNo}
	if !e.conn.link.drop(e) && ev.Whole {
		o.sent = transport.SentUnknown
	}
	var late *transport.TimeoutError
	switch {
	case e.cause != nil:
		o.err = e.cause
	case errors.As(ev.Err, &late) && late.Timer == "N_As" && e.conn.link.unacknowledged():
		o.err = fmt.Errorf("%w: %w", transport.ErrNoAck, ev.Err)
	}
	return o
}

// transmitted is what the bus says of a frame of ours.
func (e *endpoint) transmitted(o *outgoing, err error) {
	c := e.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if o.turn != e.count {
		return // the Machine gave that frame up
	}
	now := time.Now()
	e.cause = err
	e.m.Transmitted(now, err == nil)
	e.pump(now)
}

// arrived reports whether a frame of the peer shows that ours has reached it,
// on a bus that confirms nothing: flow control and consecutive frames come upon
// a frame of ours. The peer may be faster than the writer, which has handed
// that frame over and not come to say so.
func (e *endpoint) arrived(f *can.Frame) bool {
	at := 0
	if e.addr.HasAE {
		at = 1
	}
	if e.conn.link.echoes || int(f.Len) <= at {
		return false
	}
	kind := f.Data[at] >> 4
	return (kind == pciConsecutive || kind == pciFlowControl) && !e.conn.link.waits(e)
}

// schedule arms the timer. It is left alone when it fires early enough: tick
// looks at the Machine's deadline again.
func (e *endpoint) schedule(now time.Time) {
	at := e.m.Deadline()
	switch {
	case at.IsZero(), !e.at.IsZero() && !at.Before(e.at):
		return
	case e.timer == nil:
		e.timer = time.AfterFunc(at.Sub(now), e.tick)
	default:
		e.timer.Reset(at.Sub(now))
	}
	e.at = at
}

func (e *endpoint) tick() {
	e.conn.mu.Lock()
	defer e.conn.mu.Unlock()
	now := time.Now()
	e.at = time.Time{}
	e.m.Expire(now)
	e.pump(now)
}

func (e *endpoint) stop() {
	if e.timer != nil {
		e.timer.Stop()
	}
}
