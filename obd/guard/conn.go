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
	segment *segment
	state   *state
	unit    *known // under link.mu

	last []byte // the request sent last; under link.mu
}

var _ transport.Conn = (*Conn)(nil)

// Send sends msg if it may be sent now, else it gives a *DeniedError and the
// link is not touched. All Conns to a unit take turns, so that nothing comes
// between the frames of a message and the moment is judged when it is there.
func (c *Conn) Send(ctx context.Context, msg []byte, w transport.Want) error {
	if err := c.take(ctx); err != nil {
		return &transport.OpError{Op: "send", Address: c.address, Sent: transport.SentNo, Err: err}
	}
	defer func() { <-c.state.turn }()
	msg = bytes.Clone(msg) // what is judged is what is sent
	before, err := c.begin(msg)
	if err != nil {
		return err
	}
	err = c.inner.Send(ctx, msg, w)
	c.end(before, err)
	return err
}

// take waits for the turn of the unit.
func (c *Conn) take(ctx context.Context) error {
	select {
	case c.state.turn <- struct{}{}:
		return nil
	default: // another Conn sends
	}
	select {
	case c.state.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// begin judges a request and, before an answer can come, notes it. It gives
// the session that was.
func (c *Conn) begin(msg []byte) (before session, err error) {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	before = c.state.session
	if !c.link.isAt(c.segment) {
		return before, c.deny(msg, ruleElsewhere)
	}
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
	if op, ok := errors.AsType[*transport.OpError](err); ok && op.Sent == transport.SentNo {
		c.state.session = before
	}
}

// Recv passes the next answer through, and learns from it.
func (c *Conn) Recv(ctx context.Context, begin time.Duration) (transport.Message, error) {
	c.enter()
	m, err := c.inner.Recv(ctx, begin)
	c.leave(m, err)
	return m, err
}

func (c *Conn) enter() {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	c.state.receiving++
}

// leave ends a wait. Frames may have come even if no message did.
func (c *Conn) leave(m transport.Message, err error) {
	now := time.Now()
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	c.state.receiving--
	c.state.heard = now
	if err == nil {
		c.learn(m, now)
	}
}

// learn notes what a unit said; of a group, the member that answered. It runs
// under link.mu.
func (c *Conn) learn(m transport.Message, now time.Time) {
	unit, s := c.address, c.state
	if c.group {
		unit, s = m.From, c.segment.state(m.From)
	}
	s.heard = now
	s.note(c.dialect, c.last, m.Data)
	if v, ok := speed(c.last, m.Data); ok {
		c.segment.moving[unit] = v
	}
}

// Close ends the conversation, not the unit's session.
func (c *Conn) Close() error { return c.inner.Close() }
