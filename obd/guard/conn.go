package guard

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/untether-obd/untether/obd/transport"
)

// Conn is a guarded conversation, a transport.Conn.
type Conn struct {
	link    *Link
	inner   transport.Conn
	address transport.Address
	dialect Dialect
	group   bool
	state   *state

	last []byte // the request sent last; under link.mu
}

var _ transport.Conn = (*Conn)(nil)

// Send sends msg if it may be sent now, else it gives a *DeniedError and the
// link is not touched. All Conns to a unit take turns, so that nothing comes
// between the frames of a message and the moment is judged when it is there.
func (c *Conn) Send(ctx context.Context, msg []byte, w transport.Want) error {
	select {
	case c.state.turn <- struct{}{}:
		defer func() { <-c.state.turn }()
	case <-ctx.Done():
		return &transport.OpError{Op: "send", Address: c.address, Sent: transport.SentNo, Err: ctx.Err()}
	}
	msg = bytes.Clone(msg) // what is judged is what is sent
	before, err := c.begin(msg)
	if err != nil {
		return err
	}
	err = c.inner.Send(ctx, msg, w)
	c.end(before, err)
	return err
}

// begin judges a request and, before an answer can come, notes it. It gives
// the session that was.
func (c *Conn) begin(msg []byte) (before session, err error) {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	before = c.state.session
	if err := c.check(msg); err != nil {
		return before, err
	}
	c.last = msg
	if effectOf(c.dialect, msg) == changes {
		c.state.session = session{asked: true, open: before.ours()}
	}
	return before, nil
}

// end takes a change of session back, but only if it surely was not sent.
func (c *Conn) end(before session, err error) {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	c.state.heard = time.Now()
	var op *transport.OpError
	if errors.As(err, &op) && op.Sent == transport.SentNo {
		c.state.session = before
	}
}

// Recv passes the next answer through, and learns from it.
func (c *Conn) Recv(ctx context.Context, begin time.Duration) (transport.Message, error) {
	c.enter()
	m, err := c.inner.Recv(ctx, begin)
	c.leave()
	if err == nil {
		c.learn(m)
	}
	return m, err
}

func (c *Conn) enter() {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	c.state.receiving++
}

// leave ends a wait. Frames may have come even if no message did.
func (c *Conn) leave() {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	c.state.receiving--
	c.state.heard = time.Now()
}

// learn notes what a unit said; of a group, the member that answered.
func (c *Conn) learn(m transport.Message) {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	unit := c.address
	if c.group {
		unit = m.From
	}
	s := c.link.state(unit)
	s.heard = time.Now()
	s.note(c.dialect, c.last, m.Data)
	if v, ok := speed(c.last, m.Data); ok {
		c.link.moving[unit] = v
	}
}

// Close ends the conversation, not the unit's session.
func (c *Conn) Close() error { return c.inner.Close() }

// unit is what is known of the unit at this Conn's address; under link.mu.
func (c *Conn) unit() known { return c.link.units[unitKey{c.address, c.dialect}] }
