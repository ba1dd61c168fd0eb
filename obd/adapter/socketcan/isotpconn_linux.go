package socketcan

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
)

// kernelConn is a conversation with one unit. The kernel says what came and
// what failed; that frames of a message are on the wire is seen on the bus.
type kernelConn struct {
	link *kernelLink
	addr transport.Address
	par  transport.Params
	sock *isotpSocket

	turn   chan struct{} // one sender at a time
	closed chan struct{}
	once   sync.Once     // closes closed
	shut   sync.Once     // closes sock
	ended  chan struct{} // the reader is gone
	sent   chan outcome  // how the sending ended
	news   chan struct{} // an item came, or a message began
	seen   chan struct{} // the same, for the reader

	mu     sync.Mutex
	items  []item
	asked  bool       // a message was sent and nothing came yet
	length int        // of the message that the kernel sends; 0: none
	stale  bool       // the kernel may have to tell of a message that was given up
	out    progress   // what is being sent
	in     progress   // what is being received
	began  []progress // messages on the bus that the kernel has not brought
	moved  time.Time  // when the last frame of either side was seen
}

type outcome struct{ err error }

type item struct {
	msg transport.Message
	err error
}

func newKernelConn(l *kernelLink, a transport.Address, p transport.Params) *kernelConn {
	return &kernelConn{
		link: l, addr: a, par: p,
		turn: make(chan struct{}, 1), closed: make(chan struct{}), ended: make(chan struct{}),
		sent: make(chan outcome, 1), news: make(chan struct{}, 1), seen: make(chan struct{}, 1),
	}
}

// Send hands the message to the kernel and waits until its last frame is seen
// on the bus. If ctx ends before, the kernel goes on all the same.
func (c *kernelConn) Send(ctx context.Context, msg []byte, _ transport.Want) error {
	if err := c.myTurn(ctx); err != nil {
		return c.failed("send", transport.SentNo, err)
	}
	defer func() { <-c.turn }()
	if err := c.hand(ctx, msg); err != nil {
		return c.failed("send", transport.SentNo, err)
	}
	return c.follow(ctx)
}

func (c *kernelConn) myTurn(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-c.closed:
		return c.reason()
	}
	if c.isClosed() {
		<-c.turn
		return c.reason()
	}
	return nil
}

func (c *kernelConn) failed(op string, sent transport.Sent, err error) error {
	return &transport.OpError{Op: op, Address: c.addr, Sent: sent, Err: err}
}

// again is how soon to ask a kernel again that was busy: with a message that
// was given up, or with a full queue. It has no way to tell.
const again = 2 * time.Millisecond

func (c *kernelConn) hand(ctx context.Context, msg []byte) error {
	switch {
	case len(msg) == 0:
		return isotp.ErrEmpty
	case len(msg) > len(c.sock.buf):
		return transport.ErrLength
	}
	for {
		c.begin(len(msg))
		switch busy, err := c.sock.send(msg); {
		case busy:
		case err == nil, errors.Is(err, transport.ErrLength):
			return err
		default:
			return c.link.state(err)
		}
		select {
		case <-time.After(again):
		case <-ctx.Done():
			return ctx.Err()
		case <-c.closed:
			return c.reason()
		}
	}
}

// begin drops what nobody took. The frames are looked out for before the
// kernel has the message: the bus may be faster than our return from there.
func (c *kernelConn) begin(length int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.items = c.items[:0]
	select {
	case <-c.sent:
	default:
	}
	c.asked, c.length, c.out, c.moved = true, length, progress{}, time.Now()
}

// kernelWaits is the longest time for which the kernel's ISO-TP waits in
// silence: for the echo of its own frame.
const kernelWaits = 2 * time.Second

// follow waits for the end of a message that the kernel has.
func (c *kernelConn) follow(ctx context.Context) error {
	stall := time.NewTimer(limit(c.par.Timers.As))
	defer stall.Stop()
	for {
		select {
		case o := <-c.sent:
			return c.explain(o.err)
		case <-ctx.Done():
			return c.abandon(ctx.Err())
		case <-c.closed:
			return c.abandon(c.reason())
		case <-stall.C:
			left := c.patience()
			if left <= 0 {
				return c.abandon(c.late("N_As", c.par.Timers.As, "transmission of the message"))
			}
			stall.Reset(left)
		}
	}
}

// patience is how long the kernel may yet be silent.
func (c *kernelConn) patience() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	wait := limit(c.par.Timers.As)
	if c.out.total > 0 {
		wait += kernelWaits
	}
	return wait - time.Since(c.moved)
}

// limit is a network timer's value: the standard's 1 s unless told otherwise.
func limit(d time.Duration) time.Duration {
	if d == 0 {
		return time.Second
	}
	return d
}

func (c *kernelConn) late(timer string, after time.Duration, waiting string) error {
	err := error(&transport.TimeoutError{Timer: timer, Address: c.addr, After: limit(after), Waiting: waiting})
	if timer == "N_As" && c.link.noAck.Load() {
		err = errors.Join(transport.ErrNoAck, err)
	}
	return err
}

// explain says of a message that the kernel gave up whether it left.
func (c *kernelConn) explain(err error) error {
	if err == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.out.left > 0 {
		return c.failed("send", transport.SentNo, err)
	}
	return c.failed("send", transport.SentUnknown, err)
}

// abandon leaves to the kernel a message that nobody waits for any more.
func (c *kernelConn) abandon(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stale, c.length = c.length > 0, 0
	return c.failed("send", transport.SentUnknown, err)
}

// report ends the waiting of Send; c.mu is held.
func (c *kernelConn) report(err error) {
	if c.length == 0 {
		return
	}
	c.length = 0
	select {
	case c.sent <- outcome{err}:
	default:
	}
}

// Close ends the conversation. It waits until the kernel has sent or given up
// what it has of us.
func (c *kernelConn) Close() error {
	c.end()
	var err error
	c.shut.Do(func() {
		err = c.sock.close()
		c.link.leave(c)
	})
	<-c.ended
	return err
}

// end makes waiting calls return: the Conn was closed, or its link has ended.
func (c *kernelConn) end() { c.once.Do(func() { close(c.closed) }) }

// reason is why nothing can be sent or received any more.
func (c *kernelConn) reason() error {
	if err := c.link.reason(); err != nil {
		return err
	}
	return transport.ErrClosed
}
