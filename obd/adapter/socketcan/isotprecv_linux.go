package socketcan

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
)

// Recv waits for the next message; see transport.Conn.
func (c *kernelConn) Recv(ctx context.Context, begin time.Duration) (transport.Message, error) {
	timer := time.NewTimer(begin)
	defer timer.Stop()
	for expired := false; ; {
		it, ok, coming := c.next()
		switch {
		case ok:
			return it.msg, it.err
		case expired && coming <= 0:
			return transport.Message{}, &transport.TimeoutError{Timer: "P2", Address: c.addr, After: begin}
		case expired:
			timer.Reset(coming)
		}
		select {
		case <-c.news:
		case <-timer.C:
			expired = true
		case <-ctx.Done():
			return transport.Message{}, c.failed("receive", transport.SentYes, ctx.Err())
		case <-c.closed:
			return transport.Message{}, c.failed("receive", transport.SentYes, c.reason())
		}
	}
}

// next takes the oldest item. coming is how long to wait for the next frame of
// a message that has begun. The kernel's own timer expires before, but not
// always: a consecutive frame that is too short stops it.
func (c *kernelConn) next() (it item, ok bool, coming time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.began) > 0 {
		coming = kernelWaits - time.Since(c.moved)
		if coming <= 0 {
			c.lose(c.late("N_Cr", kernelWaits, "a consecutive frame"))
		}
	}
	if len(c.items) > 0 {
		it = c.items[0]
		c.items = append(c.items[:0], c.items[1:]...)
		return it, true, 0
	}
	return it, false, coming
}

// itemsMax bounds what a unit can pile up that nobody takes.
const itemsMax = 64

// keep queues an item; c.mu is held.
func (c *kernelConn) keep(it item) {
	if len(c.items) == itemsMax {
		c.items = append(c.items[:0], c.items[1:]...)
	}
	c.items = append(c.items, it)
	c.tell()
}

func (c *kernelConn) tell() { signal(c.news) }

func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// read ends when the socket is closed or its interface is gone.
func (c *kernelConn) read() {
	defer close(c.ended)
	for {
		data, last, err := c.sock.recv()
		switch {
		case c.isClosed():
			return
		case err == nil:
			c.deliver(data, last)
		case !c.failure(err):
			return
		}
	}
}

func (c *kernelConn) isClosed() bool {
	select {
	case <-c.closed:
		return true
	default:
		return false
	}
}

func (c *kernelConn) deliver(data []byte, last time.Time) {
	msg := transport.Message{From: c.addr, Data: data, First: c.since(len(data), last), Last: last}
	if msg.Last.Before(msg.First) {
		msg.Last = msg.First
	}
	group := c.link.groupOf(&c.addr)
	c.mu.Lock()
	defer c.mu.Unlock()
	if group != nil && !c.asked {
		group.keep(item{msg: msg})
		return
	}
	c.asked = false
	c.keep(item{msg: msg})
}

// failure takes what the kernel says of a message that failed, and whether it
// may say more.
func (c *kernelConn) failure(err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case errors.Is(err, unix.ECOMM):
		c.unsent()
	case errors.Is(err, unix.EMSGSIZE):
		c.report(isotp.ErrOverflow)
	case errors.Is(err, unix.ETIMEDOUT):
		c.lose(c.late("N_Cr", 0, "a consecutive frame"))
	case errors.Is(err, unix.EILSEQ):
		c.lose(c.broken("N_WRONG_SN", "a consecutive frame out of turn", "the next one"))
	case errors.Is(err, unix.EBADMSG):
		c.lose(c.broken("padding", "a frame padded in another way", "what was agreed"))
	default:
		err = c.link.state(stateOf("read", err))
		c.report(err)
		c.lose(c.failed("receive", transport.SentYes, err))
		return errors.Is(err, can.ErrDown) // it may come up again
	}
	return true
}

// unsent is a message that the kernel gave up: flow control did not come, or
// its own frame did not reach the wire.
func (c *kernelConn) unsent() {
	switch {
	case c.stale:
		c.stale = false
	case c.out.left > 0:
		c.report(c.late("N_Bs", 0, "flow control"))
	default:
		c.report(c.late("N_As", kernelWaits, "transmission of the message"))
	}
}

// lose ends the reception of what has begun.
func (c *kernelConn) lose(err error) {
	c.began = c.began[:0]
	c.keep(item{err: err})
}

func (c *kernelConn) broken(clause, got, want string) error {
	return &transport.ProtocolError{Address: c.addr, Clause: clause, Got: got, Want: want}
}
