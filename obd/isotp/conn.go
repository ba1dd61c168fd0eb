package isotp

import (
	"context"
	"sync"
	"time"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// Conn is one conversation of a Link, with a unit or with a group.
type Conn struct {
	link *Link
	addr transport.Address
	par  transport.Params

	turn   chan struct{} // one sender at a time
	closed chan struct{}
	once   sync.Once
	sent   chan outcome  // of the message being sent
	news   chan struct{} // an item came, or a reception began or ended

	mu    sync.Mutex
	main  *endpoint            // sends; receives too if physical
	from  map[uint32]*endpoint // functional: one for each responder
	items []item
	open  int         // receptions in progress
	asked bool        // a message was sent and nothing came yet
	spare *time.Timer // for Recv
}

// outcome is how a sending ended; sent says of a failed one whether it left.
type outcome struct {
	err  error
	sent transport.Sent
}

type item struct {
	msg transport.Message
	err error
}

func newConn(l *Link, a transport.Address, p transport.Params) *Conn {
	c := &Conn{
		link: l, addr: a, par: p,
		turn: make(chan struct{}, 1), closed: make(chan struct{}),
		sent: make(chan outcome, 1), news: make(chan struct{}, 1),
	}
	c.main = c.endpoint(a)
	if a.Functional() {
		c.from = map[uint32]*endpoint{}
	}
	return c
}

// Send sends one message and waits until its last frame is on the wire.
// A functional message must fit one frame.
func (c *Conn) Send(ctx context.Context, msg []byte, _ transport.Want) error {
	if err := c.myTurn(ctx); err != nil {
		return c.failed("send", transport.SentNo, err)
	}
	defer func() { <-c.turn }()
	if err := c.begin(msg); err != nil {
		return c.failed("send", transport.SentNo, err)
	}
	select {
	case o := <-c.sent:
		if o.err != nil {
			return c.failed("send", o.sent, o.err)
		}
		return nil
	case <-ctx.Done():
		return c.abort(ctx.Err())
	case <-c.closed:
		return c.abort(c.reason())
	}
}

// myTurn waits for the turn to send.
func (c *Conn) myTurn(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case c.turn <- struct{}{}:
		return nil
	default: // somebody sends
	}
	select {
	case c.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-c.closed:
		return c.reason()
	}
}

func (c *Conn) failed(op string, sent transport.Sent, err error) error {
	return &transport.OpError{Op: op, Address: c.addr, Sent: sent, Err: err}
}

// begin drops what nobody took and starts the Machine.
func (c *Conn) begin(msg []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.addr.Functional() && len(msg) > c.main.m.singleMax() {
		return transport.ErrLength
	}
	c.items = c.items[:0]
	select {
	case <-c.sent: // outcome of a message whose sender gave up
	default:
	}
	now := time.Now()
	if err := c.main.m.Send(now, msg); err != nil {
		return err
	}
	c.asked = true
	c.main.cause = nil
	c.main.pump(now)
	return nil
}

func (c *Conn) abort(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	sent := c.main.m.Abort()
	if c.link.drop(c.main) {
		sent = transport.SentNo
	}
	return c.failed("send", sent, err)
}

// Recv waits for the next message; see transport.Conn.
func (c *Conn) Recv(ctx context.Context, begin time.Duration) (transport.Message, error) {
	if it, ok, _ := c.next(); ok {
		return it.msg, it.err
	}
	timer := c.timer(begin)
	defer c.putTimer(timer)
	for expired := false; ; {
		it, ok, coming := c.next()
		expiry := timer.C
		switch {
		case ok:
			return it.msg, it.err
		case coming:
			expiry = nil // the first frame is here: N_Cr bounds the rest
		case expired:
			return transport.Message{}, &transport.TimeoutError{Timer: "P2", Address: c.addr, After: begin}
		}
		select {
		case <-c.news:
		case <-expiry:
			expired = true
		case <-ctx.Done():
			return transport.Message{}, c.failed("receive", transport.SentYes, ctx.Err())
		case <-c.closed:
			return transport.Message{}, c.failed("receive", transport.SentYes, c.reason())
		}
	}
}

// timer gives a timer for one wait. A Conn keeps one for its next Recv.
func (c *Conn) timer(d time.Duration) *time.Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.spare
	if t == nil {
		return time.NewTimer(d)
	}
	c.spare = nil
	t.Reset(d)
	return t
}

func (c *Conn) putTimer(t *time.Timer) {
	t.Stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spare = t
}

// next takes the oldest item; coming tells of a reception in progress.
func (c *Conn) next() (it item, ok, coming bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.items) == 0 {
		return it, false, c.open > 0
	}
	it = c.items[0]
	c.items = append(c.items[:0], c.items[1:]...)
	return it, true, c.open > 0
}

// Close ends the conversation; waiting calls return. It may be called again.
func (c *Conn) Close() error {
	c.end()
	c.link.leave(c)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.main.stop()
	for _, e := range c.from {
		e.stop()
	}
	return nil
}

// end makes waiting calls return: the Conn was closed, or its link has ended.
func (c *Conn) end() { c.once.Do(func() { close(c.closed) }) }

// reason is why nothing can be sent or received any more.
func (c *Conn) reason() error {
	if err := c.link.reason(); err != nil {
		return err
	}
	return transport.ErrClosed
}

func (c *Conn) isClosed() bool {
	select {
	case <-c.closed:
		return true
	default:
		return false
	}
}

// accepts reports whether a frame may answer this group.
func (c *Conn) accepts(f *can.Frame) bool {
	a := &c.addr
	return f.Is(can.Extended) == a.Extended && a.Accepts(f.ID) && (!a.HasAE || f.Len > 0 && f.Data[0] == a.RXAE)
}

// expecting reports whether an answer is due.
func (c *Conn) expecting() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked || c.open > 0
}

// take gives a frame to the Machine it is for.
func (c *Conn) take(rx *can.Rx) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isClosed() {
		return nil
	}
	e := c.main
	if c.from != nil {
		if e = c.responder(rx.Frame.ID); e == nil {
			return ErrForeign
		}
	}
	now := time.Now()
	e.rx = rx.Time
	if e.arrived(&rx.Frame) {
		e.m.Transmitted(now, true)
	}
	err := e.m.Handle(now, &rx.Frame)
	e.pump(now)
	return err
}

func (c *Conn) responder(id uint32) *endpoint {
	if e := c.from[id]; e != nil {
		return e
	}
	a, ok := c.addr.Responder(id)
	if !ok {
		return nil
	}
	e := c.endpoint(a)
	c.from[id] = e
	return e
}

func (c *Conn) tell() {
	select {
	case c.news <- struct{}{}:
	default:
	}
}
