package elm327

import (
	"context"
	"time"

	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
)

// events takes what a unit's Machine tells; ended says that a message did.
func (x *exchange) events(u *unit) (ended bool) {
	for ev, ok := u.m.Event(); ok; ev, ok = u.m.Event() {
		switch {
		case ev.Kind == isotp.Sent:
			u.sending = false
			x.hand(nil)
		case ev.Kind == isotp.Failed && ev.Sending:
			u.sending = false
			x.failed(ev)
		case ev.Kind == isotp.Failed:
			x.conn.careful = true // the chip may have lost the rest
			x.settle(u, item{err: ev.Err})
			ended = true
		case ev.Kind == isotp.Received:
			x.settle(u, item{msg: transport.Message{From: u.addr, Data: ev.Data, First: ev.First, Last: ev.Last}})
			ended = true
		}
	}
	x.count()
	return ended
}

// failed ends a long request that did not come through.
func (x *exchange) failed(ev isotp.Event) {
	sent := transport.SentNo
	if ev.Whole {
		sent = transport.SentUnknown
	}
	x.hand(x.conn.failed("send", sent, ev.Err))
	x.conn.mu.Lock()
	defer x.conn.mu.Unlock()
	x.left, x.hushed = 0, true
}

// settle passes on a message, or why there is none.
func (x *exchange) settle(u *unit, it item) {
	x.learn(it)
	c := x.conn
	c.mu.Lock()
	if pending(it.msg.Data) {
		x.later[u.addr.RX], x.deferred = true, true
		x.until = time.Now().Add(pendingWait)
	} else {
		delete(x.later, u.addr.RX)
		c.spared = time.Time{}
		x.left = max(x.left-1, min(x.left, 0))
	}
	c.mu.Unlock()
	c.keep(it)
}

// count tells Recv how many messages have begun and not ended.
func (x *exchange) count() {
	n := 0
	for _, u := range x.units {
		if u.m.Receiving() {
			n++
		}
	}
	c := x.conn
	c.mu.Lock()
	changed := x.open != n
	x.open = n
	c.mu.Unlock()
	if changed {
		c.tell()
	}
}

// demand says that somebody waits for a message until then. If nobody listens
// any more somebody does again, as soon as the wire is free.
func (c *conn) demand(begin time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	x := c.run
	if x == nil || x.want.Answers == 0 {
		return
	}
	x.until = time.Now().Add(begin)
	if x.left == 0 {
		x.left = 1
	}
	if x.over && begin >= listenLeast {
		c.again(x)
	}
}

// again listens once more after an exchange is over; c.mu is held.
func (c *conn) again(former *exchange) {
	run, cancel := context.WithCancel(context.Background())
	x := newExchange(c, former.want, cancel)
	x.left, x.until, x.later = former.left, former.until, former.later
	x.given, x.sent, x.clock = true, former.sent, former.clock
	x.units, x.main = former.units, former.main
	c.run = x
	c.link.resume(run, x, func() {
		defer cancel()
		x.goOn(run, nil)
	})
}

// hush says that nobody wants to hear more. What is under way in the chip
// comes to its end; mere listening does not go on.
func (x *exchange) hush() {
	if x == nil {
		return
	}
	x.conn.mu.Lock()
	defer x.conn.mu.Unlock()
	x.hushed = true
	if x.listening || len(x.later) > 0 {
		x.cancel()
	}
}

// stop ends the exchange at once.
func (x *exchange) stop() {
	if x != nil {
		x.cancel()
	}
}

// abandon ends a sending that nobody waits for any more, and says how far it
// has come.
func (x *exchange) abandon(why error) error {
	x.cancel()
	err := <-x.handed
	sent := transport.SentYes
	if op, ok := asOp(err); ok {
		sent = op.Sent
	}
	return x.conn.failed("send", sent, why)
}
