package can

import (
	"cmp"
	"errors"
	"sync"
	"sync/atomic"
)

// queue is a bounded ring of frames between the Mux and one reader. What does
// not fit is counted at the place where it is missing.
type queue struct {
	ready   chan struct{} // holds a token while there may be something to pop
	dropped atomic.Uint64

	mu    sync.Mutex
	ring  []queued
	first int
	n     int
	lost  uint64 // dropped behind the last frame in the ring
	err   error
}

type queued struct {
	rx   Rx
	lost uint64 // dropped just before rx and not yet told
}

func newQueue(depth int) *queue {
	return &queue{ready: make(chan struct{}, 1), ring: make([]queued, max(depth, 1))}
}

func (q *queue) push(rx *Rx, own bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.n == len(q.ring) {
		q.lost++
		q.dropped.Add(1)
		return
	}
	slot := &q.ring[(q.first+q.n)%len(q.ring)]
	*slot = queued{rx: *rx, lost: q.lost}
	slot.rx.Own = own
	q.lost = 0
	q.n++
	q.signal()
}

// lose counts frames that were lost before they came here.
func (q *queue) lose(n uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.lost += n
	q.dropped.Add(n)
	q.signal()
}

// end is the last thing that pop gives: after the frames that still wait, or
// at once if the reader or the Mux was closed.
func (q *queue) end(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.err = err
	if errors.Is(err, ErrClosed) {
		q.n, q.lost = 0, 0
	}
	q.signal()
}

func (q *queue) closed() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return errors.Is(q.err, ErrClosed)
}

// errEmpty is what pop says when there is nothing to say.
var errEmpty = errors.New("can: queue empty")

// pop gives the next frame, or the next thing that Recv has to tell.
func (q *queue) pop() (Rx, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	rx, err := q.next()
	if q.n > 0 || q.lost > 0 || q.err != nil {
		q.signal() // another reader may be waiting
	}
	return rx, err
}

func (q *queue) next() (Rx, error) {
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

func (q *queue) signal() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}
