package socketcand

import (
	"context"
	"sync"

	"github.com/untether-obd/untether/obd/can"
)

// inDepth is how many frames wait for a reader.
const inDepth = 1024

// inbox holds received frames until somebody reads them. One goroutine fills
// it and ends it. What does not fit is counted.
type inbox struct {
	items chan item // the last place is for a gap alone; closed by end
	err   error     // why there are no more; set before items is closed

	mu     sync.Mutex
	missed uint64
	marked bool // a gap is in items
}

// item is a frame, or the place where some are missing.
type item struct {
	rx  can.Rx
	gap bool
}

func newInbox() *inbox { return &inbox{items: make(chan item, inDepth+1)} }

func (b *inbox) push(rx can.Rx) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.items) < inDepth {
		b.items <- item{rx: rx}
		return
	}
	b.missed++
	if !b.marked {
		b.marked = true
		b.items <- item{gap: true}
	}
}

func (b *inbox) end(err error) {
	b.err = err
	close(b.items)
}

// tell gives the number of frames that a gap stands for.
func (b *inbox) tell() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.missed
	b.missed, b.marked = 0, false
	return &can.DroppedError{Count: n}
}

// pop waits for the next frame.
func (b *inbox) pop(ctx context.Context, closed <-chan struct{}) (can.Rx, error) {
	select {
	case i, ok := <-b.items:
		switch {
		case !ok:
			return can.Rx{}, b.err
		case i.gap:
			return can.Rx{}, b.tell()
		}
		return i.rx, nil
	case <-ctx.Done():
		return can.Rx{}, ctx.Err()
	case <-closed:
		return can.Rx{}, can.ErrClosed
	}
}
