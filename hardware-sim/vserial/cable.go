package vserial

import (
	"context"
	"io"
	"net"
	"sync"
	"time"
)

// cable is two ends and the lanes between them.
type cable struct {
	mu           sync.Mutex
	host, device *end
}

// end is one side of a cable.
type end struct {
	cable   *cable
	peer    *end
	out     *lane // what this end sends
	speeds  speeds
	live    func() (baud int, ok bool) // asks the terminal for its speed; may be nil
	closed  chan struct{}
	closing sync.Once
}

func newCable(o Options) *cable {
	queue := o.Queue
	if queue == 0 {
		queue = deviceQueue
	}
	c := &cable{host: newEnd(o.Baud, hostQueue), device: newEnd(o.Baud, queue)}
	c.host.cable, c.device.cable = c, c
	c.host.peer, c.device.peer = c.device, c.host
	return c
}

func newEnd(baud, room int) *end {
	return &end{out: newLane(room), speeds: speeds{{baud: baud}}, closed: make(chan struct{})}
}

// read takes what has arrived; io.EOF after the other end has closed.
func (e *end) read(ctx context.Context, p []byte) (int, error) {
	if len(p) == 0 {
		return 0, e.over(ctx)
	}
	for {
		n, next, err := e.take(ctx, p)
		if n > 0 || err != nil {
			return n, err
		}
		left := e.peer.closed
		if !next.IsZero() {
			left = nil // what is on the line still arrives
		}
		if err := e.wait(ctx, next, e.peer.out.news, left); err != nil {
			return 0, err
		}
	}
}

// take gives what has arrived, or when to look again; zero: when there is news.
func (e *end) take(ctx context.Context, p []byte) (int, time.Time, error) {
	if err := e.over(ctx); err != nil {
		return 0, time.Time{}, err
	}
	left := isClosed(e.peer.closed) // asked first: what was sent before leaving still arrives
	e.cable.mu.Lock()
	defer e.cable.mu.Unlock()
	now := time.Now()
	e.refresh(now)
	in := e.peer.out
	in.settle(now, e.speeds.at)
	n := copy(p, in.inbox)
	in.inbox = in.inbox[n:]
	_, next, coming := in.next(e.speeds.at)
	if n == 0 && left && !coming {
		return 0, time.Time{}, io.EOF
	}
	return n, next, nil
}

// write queues p on the line.
func (e *end) write(ctx context.Context, p []byte) error {
	for {
		rest, room, err := e.give(ctx, p)
		if err != nil || len(rest) == 0 {
			return err
		}
		p = rest
		if err := e.wait(ctx, room, nil, e.peer.closed); err != nil {
			return err
		}
	}
}

// give queues what finds room and says when more will.
func (e *end) give(ctx context.Context, p []byte) ([]byte, time.Time, error) {
	if err := e.over(ctx); err != nil {
		return p, time.Time{}, err
	}
	if isClosed(e.peer.closed) {
		return p, time.Time{}, io.EOF
	}
	e.cable.mu.Lock()
	defer e.cable.mu.Unlock()
	now := time.Now()
	e.refresh(now)
	e.peer.refresh(now)
	rest := e.out.put(p, e.speeds.latest(), now)
	return rest, e.out.roomAt(len(rest), now), nil
}

// over tells why nothing more happens at this end.
func (e *end) over(ctx context.Context) error {
	if isClosed(e.closed) {
		return net.ErrClosed
	}
	return ctx.Err()
}

// wait until a moment, if there is one, until there is news, until the other
// end has left, or until all is over at this end.
func (e *end) wait(ctx context.Context, until time.Time, news, left <-chan struct{}) error {
	var due <-chan time.Time
	if !until.IsZero() {
		timer := time.NewTimer(time.Until(until))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-due:
	case <-news:
	case <-left:
	case <-e.closed:
	case <-ctx.Done():
	}
	return e.over(ctx)
}

// refresh asks the terminal behind this end for its speed.
func (e *end) refresh(now time.Time) {
	if e.live == nil {
		return
	}
	if baud, ok := e.live(); ok && baud != e.speeds.latest() {
		e.speeds = e.speeds.change(now, baud, e.peer.out.look)
	}
}

// setBaud changes the speed when what was written has gone out, which it
// tells. A line without speeds stays without.
func (e *end) setBaud(baud int) time.Time {
	e.cable.mu.Lock()
	defer e.cable.mu.Unlock()
	now := time.Now()
	if baud <= 0 || e.speeds.latest() == 0 {
		return now
	}
	e.peer.out.settle(now, e.speeds.at)
	from := later(e.out.free, now)
	e.speeds = e.speeds.change(from, baud, e.peer.out.look)
	e.peer.out.tell() // what is on its way will be there at another moment
	return from
}

func (e *end) baud() int {
	e.cable.mu.Lock()
	defer e.cable.mu.Unlock()
	e.refresh(time.Now())
	return e.speeds.latest()
}

func (e *end) queued() int {
	e.cable.mu.Lock()
	defer e.cable.mu.Unlock()
	return e.out.queued(time.Now())
}

func (e *end) close() { e.closing.Do(func() { close(e.closed) }) }

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
