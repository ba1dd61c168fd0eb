package elm327

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
)

// conn is a conversation with a unit or a group.
type conn struct {
	link *link
	addr transport.Address
	par  transport.Params
	at   segment

	sending chan struct{} // one Send at a time
	closed  chan struct{}
	once    sync.Once
	news    chan struct{} // an item came, or a reception began or ended

	mu     sync.Mutex
	items  []item
	spared time.Time // until then the unit is left alone
	run    *exchange // the last one, over or not; nil: none

	learned map[string]int // frames of all answers to a request; for whoever has the wire
	missed  bool           // nothing was heard after the last request; likewise
	careful bool           // the chip's buffer was too small for what this unit says; likewise
}

type item struct {
	msg transport.Message
	err error
}

func newConn(l *link, a transport.Address, p transport.Params) *conn {
	return &conn{
		link: l, addr: a, par: p,
		sending: make(chan struct{}, 1), closed: make(chan struct{}), news: make(chan struct{}, 1),
		learned: map[string]int{},
	}
}

// collides reports whether two conversations would take each other's answers.
func (c *conn) collides(x *conn) bool {
	a, b := &c.addr, &x.addr
	return !b.Functional() && c.at == x.at && a.RX == b.RX && a.Extended == b.Extended && a.HasAE == b.HasAE && a.RXAE == b.RXAE
}

// Send hands a message to the chip when the wire is free. It returns when the
// chip has the last of it; that the chip could not send it is heard of later,
// and then Recv tells, by an *OpError whose Sent is not SentYes.
func (c *conn) Send(ctx context.Context, msg []byte, w transport.Want) error {
	if err := c.check(ctx, msg); err != nil {
		return c.failed("send", transport.SentNo, err)
	}
	if err := c.take(ctx, c.sending); err != nil {
		return c.failed("send", transport.SentNo, err)
	}
	defer func() { <-c.sending }()
	x, err := c.begin(ctx, msg, w)
	if err != nil {
		return c.failed("send", transport.SentNo, err)
	}
	select {
	case err := <-x.handed:
		return err
	case <-ctx.Done():
		return x.abandon(ctx.Err())
	case <-c.closed:
		return x.abandon(c.reason())
	}
}

// take puts a token into turn.
func (c *conn) take(ctx context.Context, turn chan struct{}) error {
	select {
	case turn <- struct{}{}:
		return nil
	default: // somebody has it
	}
	select {
	case turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-c.closed:
		return c.reason()
	}
}

// check refuses what cannot be sent.
func (c *conn) check(ctx context.Context, msg []byte) error {
	if c.isClosed() {
		return c.reason()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	switch {
	case len(msg) == 0:
		return isotp.ErrEmpty
	case c.link.kline != nil && len(msg) > single(c.addr):
		return transport.ErrLength
	}
	return c.link.dongle.chip.caps.Carries(c.addr, len(msg))
}

// begin waits for the wire and starts an exchange, which lets go of it.
func (c *conn) begin(ctx context.Context, msg []byte, w transport.Want) (*exchange, error) {
	c.former().hush()
	if err := c.turn(ctx); err != nil {
		return nil, err
	}
	if !c.link.here(c) {
		c.link.dongle.letGo()
		return nil, fmt.Errorf("%w: the link is on other pins", transport.ErrForm)
	}
	run, cancel := context.WithCancel(context.Background())
	x := newExchange(c, w, cancel)
	c.mu.Lock()
	c.items, c.run = c.items[:0], x
	c.mu.Unlock()
	if err := c.link.start(x, func() { x.ask(run, msg) }); err != nil {
		cancel()
		return nil, err
	}
	return x, nil
}

// turn waits until the unit may be asked and the wire is free. That the unit is
// to be left alone may be known only as the exchange before ends.
func (c *conn) turn(ctx context.Context) error {
	for {
		if err := c.rested(ctx); err != nil {
			return err
		}
		if err := c.take(ctx, c.link.dongle.wire); err != nil {
			return err
		}
		if c.rest() <= 0 {
			return nil
		}
		c.link.dongle.letGo()
	}
}

func (c *conn) former() *exchange {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.run
}

func (c *conn) failed(op string, sent transport.Sent, err error) error {
	return &transport.OpError{Op: op, Address: c.addr, Sent: sent, Err: err}
}

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

// Close ends the conversation; waiting calls return. It may be called again.
func (c *conn) Close() error {
	c.end()
	c.link.leave(c)
	return nil
}

// end makes waiting calls return: the conn was closed, or its link has ended.
func (c *conn) end() {
	c.once.Do(func() { close(c.closed) })
	c.former().hush()
}

// reason is why nothing can be sent or received any more.
func (c *conn) reason() error {
	if err := c.link.reason(); err != nil {
		return err
	}
	return transport.ErrClosed
}

func (c *conn) isClosed() bool {
	select {
	case <-c.closed:
		return true
	default:
		return false
	}
}
