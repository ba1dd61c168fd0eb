package replay

import (
	"context"
	"sync"
	"time"

	"github.com/untether-obd/untether/obd/tape"
	"github.com/untether-obd/untether/obd/transport"
)

// conn is one conversation. The recorded time of an exchange and the present
// meet at its base: the end of the request, or the last answer 78, from which
// whoever asks counts anew.
//
//	recorded  request ──── 78 ───────────── answer
//	               base ► base'  limit = base' + wait
type conn struct {
	link    *link
	side    *tape.Side
	address transport.Address
	longest int

	once   sync.Once
	closed chan struct{}

	mu     sync.Mutex
	events []tape.Event  // of the exchange, not yet taken
	asked  chan struct{} // closed by the next Send
	base   time.Duration // since the request, in the recording
	since  time.Time     // when that was in the present; zero: nothing was asked
}

// Send finds the request in the recording. One that wants no answer need not
// be there.
func (c *conn) Send(ctx context.Context, msg []byte, w transport.Want) error {
	if err := c.sendable(ctx, msg); err != nil {
		return &transport.OpError{Op: "send", Address: c.address, Sent: transport.SentNo, Err: err}
	}
	a, err := c.side.Ask(msg)
	if err != nil && w.Answers != 0 {
		return &transport.OpError{Op: "send", Address: c.address, Sent: transport.SentNo, Err: err}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.asked)
	c.asked = make(chan struct{})
	c.events, c.base, c.since = a.Events, 0, time.Now()
	return nil
}

func (c *conn) sendable(ctx context.Context, msg []byte) error {
	switch {
	case c.isClosed():
		return transport.ErrClosed
	case len(msg) > c.longest:
		return transport.ErrLength
	}
	return ctx.Err()
}

func (c *conn) isClosed() bool { return isClosed(c.closed) || isClosed(c.link.closed) }

// Recv gives the next recorded message or error after the recorded time, as
// the speed has it. Whether it came in time is judged in recorded time alone,
// so that a slow computer makes no answer late. So are the times of messages:
// as in the recording, counted from the base.
func (c *conn) Recv(ctx context.Context, begin time.Duration) (transport.Message, error) {
	for {
		n := c.next(begin)
		done, err := c.rest(ctx, n)
		switch {
		case err != nil:
			return transport.Message{}, &transport.OpError{Op: "receive", Address: c.address, Sent: transport.SentYes, Err: err}
		case !done:
			continue // something else was asked meanwhile
		case n.event == nil:
			return transport.Message{}, &transport.TimeoutError{Timer: "P2", Address: c.address, After: begin}
		}
		return n.message, n.event.Err
	}
}

// next is what a wait will end with.
type next struct {
	event   *tape.Event // nil: nothing comes in time
	message transport.Message
	after   time.Duration
	asked   <-chan struct{}
}

func (c *conn) next(begin time.Duration) next {
	c.mu.Lock()
	defer c.mu.Unlock()
	elapsed := time.Duration(0)
	if !c.since.IsZero() {
		elapsed = time.Since(c.since)
	}
	if limit := c.limit(begin, elapsed); !c.begins(limit) {
		return next{after: c.scaled(begin), asked: c.asked}
	}
	e := &c.events[0]
	n := next{event: e, after: c.scaled(e.Last-c.base) - elapsed, asked: c.asked}
	n.message = transport.Message{From: e.From, Data: e.Data, First: c.at(e.First), Last: c.at(e.Last)}
	return n
}

// limit is when the wait ends in the recording: begin is what is left of a
// timer that runs since the base. Timers are whole milliseconds; what the
// present has of a fraction is the time between base and timer.
func (c *conn) limit(begin, elapsed time.Duration) time.Duration {
	return c.base + (begin + elapsed).Truncate(time.Millisecond)
}

// begins reports whether anything not yet taken has begun by limit: then the
// next of them is waited for.
func (c *conn) begins(limit time.Duration) bool {
	for i := range c.events {
		if c.events[i].First <= limit {
			return true
		}
	}
	return false
}

func (c *conn) at(recorded time.Duration) time.Time { return c.since.Add(recorded - c.base) }

func (c *conn) scaled(recorded time.Duration) time.Duration {
	const most = float64(1 << 62)
	return time.Duration(min(float64(recorded)/c.link.speed, most))
}

// rest waits; done is false if another request was made meanwhile.
func (c *conn) rest(ctx context.Context, n next) (done bool, err error) {
	timer := time.NewTimer(n.after)
	defer timer.Stop()
	select {
	case <-timer.C:
		return c.take(n), nil
	case <-n.asked:
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	case <-c.closed:
	case <-c.link.closed:
	}
	return false, transport.ErrClosed
}

// take removes the event that was waited for.
func (c *conn) take(n next) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case isClosed(n.asked):
		return false
	case n.event == nil:
		return true
	case len(c.events) == 0 || &c.events[0] != n.event:
		return false // somebody else took it
	}
	c.events = c.events[1:]
	if pending(n.event.Data) {
		c.base, c.since = n.event.Last, time.Now()
	}
	return true
}

// pending reports an answer 78.
func pending(answer []byte) bool {
	return len(answer) == 3 && answer[0] == 0x7F && answer[2] == 0x78
}

// Close ends the conversation. It may be called again.
func (c *conn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}
