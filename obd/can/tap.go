package can

import (
	"context"
	"errors"
)

// Tap is one reader's share of a Mux. It implements Bus and Echoer.
type Tap struct {
	mux     *Mux
	filters []Filter
	queue   *Inbox
}

// Send passes f to the bus.
func (t *Tap) Send(ctx context.Context, f Frame) error {
	if t.queue.closed() {
		return ErrClosed
	}
	if !t.Echoes() {
		return t.mux.bus.Send(ctx, f)
	}
	t.mux.sent.add(t, &f) // before the bus can echo it
	err := t.mux.bus.Send(ctx, f)
	if err != nil {
		t.mux.sent.remove(t, &f)
	}
	return err
}

// Recv waits for the next frame of this tap. A *DroppedError stands for
// frames that it was too slow to take; any other error but the context's is
// final.
func (t *Tap) Recv(ctx context.Context) (Rx, error) { return t.queue.Recv(ctx) }

// Close leaves the Mux; the bus and the other taps go on.
func (t *Tap) Close() error {
	t.mux.leave(t)
	t.queue.Close()
	return nil
}

// Dropped counts the frames that this tap has lost so far.
func (t *Tap) Dropped() uint64 { return t.queue.dropped.Load() }

// Echoes reports whether the bus below confirms what is sent.
func (t *Tap) Echoes() bool { return Echoes(t.mux.bus) }

func (t *Tap) wants(f *Frame) bool {
	if len(t.filters) == 0 {
		return true
	}
	for i := range t.filters {
		if t.filters[i].Match(f) {
			return true
		}
	}
	return false
}

// end tells why the Mux has ended; frames that wait are of use unless it was
// closed.
func (t *Tap) end(err error) {
	if errors.Is(err, ErrClosed) {
		t.queue.Close()
		return
	}
	t.queue.End(err)
}
