package can

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// Inbox is a bounded ring of frames on their way to whoever calls Recv. What
// does not fit is counted at the place where it is missing. It is safe for use
// by several goroutines.
type Inbox struct {
	ready   chan struct{} // holds a token while there may be something to pop
	dropped atomic.Uint64

	mu    sync.Mutex
	ring  []queued
	first int
	n     int
	lost  uint64 // dropped behind the last frame in the ring
	err   error  // why no more comes
	shut  bool   // by Close
}

type queued struct {
	rx   Rx
	lost uint64 // dropped just before rx and not yet told
}

// NewInbox makes an Inbox for depth frames, at least one.
func NewInbox(depth int) *Inbox {
	return &Inbox{ready: make(chan struct{}, 1), ring: make([]queued, max(depth, 1))}
}

// Push adds a frame without waiting. After End or Close it is for nobody.
func (q *Inbox) Push(rx *Rx) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err != nil {
		return
	}
	if q.n == len(q.ring) {
		q.lost++
		q.dropped.Add(1)
		return
	}
	q.ring[(q.first+q.n)%len(q.ring)] = queued{rx: *rx, lost: q.lost}
	q.lost = 0
	q.n++
	q.signal()
}

// Lose counts frames that were lost before they came here.
func (q *Inbox) Lose(n uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err != nil {
		return
	}
	q.lost += n
	q.dropped.Add(n)
	q.signal()
}

// End is the last thing that Recv gives, again and again, after the frames that
// still wait. The first reason stays.
func (q *Inbox) End(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err == nil {
		q.err = err
		q.signal()
	}
}

// Close throws away what waits: Recv gives ErrClosed from now on, whatever was
// said before.
func (q *Inbox) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.err, q.shut, q.n, q.lost = ErrClosed, true, 0, 0
	q.signal()
}

func (q *Inbox) closed() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.shut
}

// Recv waits for the next frame. A *DroppedError stands for frames for which
// there was no room; any other error but the context's is final.
func (q *Inbox) Recv(ctx context.Context) (Rx, error) {
	for {
		if err := ctx.Err(); err != nil && !q.closed() {
			return Rx{}, err
		}
		if rx, err := q.pop(); !errors.Is(err, errEmpty) {
			return rx, err
		}
		select {
		case <-q.ready:
		case <-ctx.Done():
		}
	}
}

// errEmpty is what pop says when there is nothing to say.
var errEmpty = errors.New("can: queue empty")

// pop gives the next frame, or the next thing that Recv has to tell.
func (q *Inbox) pop() (Rx, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	rx, err := q.next()
	if q.n > 0 || q.lost > 0 || q.err != nil {
		q.signal() // another reader may be waiting
	}
	return rx, err
}

func (q *Inbox) next() (Rx, error) {
	if q.n == 0 {
		return Rx{}, cmp.Or(gap(&q.lost), q.err, errEmpty)
	}
	head := &q.ring[q.first]
	if err := gap(&head.lost); err != nil {
		return Rx{}, err
	}
	q.first = (q.first + 1) % len(q.ring)
	q.n--
	return head.rx, nil
}

// gap reports *lost once.
func gap(lost *uint64) error {
	n := *lost
	if n == 0 {
		return nil
	}
	*lost = 0
	return &DroppedError{Count: n}
}

func (q *Inbox) signal() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}
