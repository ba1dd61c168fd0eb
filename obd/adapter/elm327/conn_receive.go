package elm327

import (
	"context"
	"time"

	"github.com/untether-obd/untether/obd/transport"
)

// Recv waits for the next message; see transport.Conn. While it waits the chip
// is kept listening.
func (c *conn) Recv(ctx context.Context, begin time.Duration) (transport.Message, error) {
	if it, ok, _ := c.next(); ok {
		return it.msg, it.err
	}
	until := time.Now().Add(begin)
	c.demand(begin)
	timer := time.NewTimer(begin + c.link.dongle.slack())
	defer timer.Stop()
	for expired, over := false, false; ; {
		it, ok, coming := c.next()
		if !over && c.silent() {
			over = true
			timer.Reset(time.Until(until)) // nothing is on its way from the dongle
		}
		expiry := timer.C
		switch {
		case ok:
			return it.msg, it.err
		case coming:
			expiry = nil // the first frame is here: N_Cr bounds the rest
		case expired:
			c.former().hush()
			if err := c.lost(c.former()); err != nil {
				return transport.Message{}, err
			}
			return transport.Message{}, &transport.TimeoutError{Timer: "P2", Address: c.addr, After: begin}
		}
		select {
		case <-c.news:
		case <-expiry:
			expired = true
		case <-ctx.Done():
			c.former().stop()
			return transport.Message{}, c.failed("receive", transport.SentYes, ctx.Err())
		case <-c.closed:
			return transport.Message{}, c.failed("receive", transport.SentYes, c.reason())
		}
	}
}

// silent reports whether nothing is under way between the dongle and us.
func (c *conn) silent() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.run != nil && c.run.silent
}

// next takes the oldest item; coming tells of a reception in progress.
func (c *conn) next() (it item, ok, coming bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	coming = c.run != nil && c.run.open > 0
	if len(c.items) == 0 {
		return it, false, coming
	}
	it = c.items[0]
	c.items = append(c.items[:0], c.items[1:]...)
	return it, true, coming
}

type item struct {
	msg transport.Message
	err error
}

// itemsMax bounds what a unit can pile up that nobody takes.
const itemsMax = 64

func (c *conn) keep(it item) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.items) < itemsMax {
		c.items = append(c.items, it)
	}
	c.tell()
}

func (c *conn) tell() {
	select {
	case c.news <- struct{}{}:
	default:
	}
}
