package can_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

// wire is one end of a cable between two controllers that know neither echoes
// nor CAN FD nor remote frames.
type wire struct {
	in     chan can.Rx
	peer   *wire
	closed chan struct{}
	once   sync.Once
}

func cable(t *testing.T) (a, b can.Bus) {
	t.Helper()
	ends := [2]*wire{}
	for i := range ends {
		ends[i] = &wire{in: make(chan can.Rx, 64), closed: make(chan struct{})}
		t.Cleanup(func() { _ = ends[i].Close() })
	}
	ends[0].peer, ends[1].peer = ends[1], ends[0]
	return ends[0], ends[1]
}

func (w *wire) Send(ctx context.Context, f can.Frame) error {
	if f.Flags&^can.Extended != 0 {
		return can.ErrFrame
	}
	if err := f.Validate(); err != nil {
		return err
	}
	if err := w.check(ctx); err != nil {
		return err
	}
	select {
	case w.peer.in <- can.Rx{Frame: f, Time: time.Now()}:
		return nil
	case <-w.peer.closed:
		return nil
	case <-w.closed:
		return can.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *wire) Recv(ctx context.Context) (can.Rx, error) {
	if err := w.check(ctx); err != nil {
		return can.Rx{}, err
	}
	select {
	case rx := <-w.in:
		return rx, nil
	case <-w.closed:
		return can.Rx{}, can.ErrClosed
	case <-ctx.Done():
		return can.Rx{}, ctx.Err()
	}
}

func (w *wire) check(ctx context.Context) error {
	select {
	case <-w.closed:
		return can.ErrClosed
	default:
		return ctx.Err()
	}
}

func (w *wire) Close() error {
	w.once.Do(func() { close(w.closed) })
	return nil
}

// puppet is a controller whose every word the test gives. It keeps what it is
// sent and echoes only what the test says.
type puppet struct {
	wire
	refuse error // what Send says
	failed chan error
	mu     sync.Mutex
	sent   []can.Frame
}

func newPuppet() *puppet {
	return &puppet{wire: wire{in: make(chan can.Rx), closed: make(chan struct{})}, failed: make(chan error)}
}

func (p *puppet) Echoes() bool { return true }

func (p *puppet) Send(_ context.Context, f can.Frame) error {
	if p.refuse != nil {
		return p.refuse
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.sent, f)
	return nil
}

func (p *puppet) Recv(ctx context.Context) (can.Rx, error) {
	select {
	case rx := <-p.in:
		return rx, nil
	case err := <-p.failed:
		return can.Rx{}, err
	case <-p.closed:
		return can.Rx{}, can.ErrClosed
	case <-ctx.Done():
		return can.Rx{}, ctx.Err()
	}
}

// says makes the controller report frames.
func (p *puppet) says(frames ...can.Frame) {
	for _, f := range frames {
		p.in <- can.Rx{Frame: f}
	}
}

func (p *puppet) echoes(frames ...can.Frame) {
	for _, f := range frames {
		p.in <- can.Rx{Frame: f, Own: true}
	}
}
