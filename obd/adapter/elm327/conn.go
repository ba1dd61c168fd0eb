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
