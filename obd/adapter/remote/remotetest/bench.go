// Package remotetest has what servers of buses are tried with, in virtual time.
package remotetest

import (
	"context"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
)

// Bench has a server's connections and controllers in the test's hands. It is
// the server's listener, too: one without descriptors. E is what the server
// tells of.
type Bench[E any] struct {
	Closed chan struct{} // closed with the listener
	Opens  chan *Controller
	Fail   error // what the next openings give
	Take   func(ctx context.Context, f can.Frame) error
	End    context.CancelFunc // the server's context
	Ended  chan error         // what Serve gave

	conns chan net.Conn
	once  sync.Once

	mu     sync.Mutex
	events []E
}

// NewBench gives a bench whose controllers do with frames what take says.
func NewBench[E any](take func(ctx context.Context, f can.Frame) error) *Bench[E] {
	return &Bench[E]{
		Closed: make(chan struct{}), Opens: make(chan *Controller, 8), Take: take,
		Ended: make(chan error, 1), conns: make(chan net.Conn),
	}
}

// Serve has the server run until the test ends.
func (b *Bench[E]) Serve(t *testing.T, serve func(context.Context, net.Listener) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	b.End = cancel
	go func() { b.Ended <- serve(ctx, b) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-b.Ended)
	})
}

// Accept gives what Dial was called for.
func (b *Bench[E]) Accept() (net.Conn, error) {
	select {
	case c := <-b.conns:
		return c, nil
	case <-b.Closed:
		return nil, net.ErrClosed
	}
}

// Close closes the listener.
func (b *Bench[E]) Close() error {
	b.once.Do(func() { close(b.Closed) })
	return nil
}

// Addr gives none.
func (b *Bench[E]) Addr() net.Addr { return nil }

// Dial gives the client's end of a connection, as soon as it is accepted.
func (b *Bench[E]) Dial(t *testing.T) net.Conn {
	t.Helper()
	mine, theirs := net.Pipe()
	select {
	case b.conns <- theirs:
	case <-b.Closed:
		require.Fail(t, "nobody listens any more")
	}
	t.Cleanup(func() { _ = mine.Close() })
	return mine
}

// Open is what the server opens: a controller, which Opens gives.
func (b *Bench[E]) Open(_ context.Context, cfg adapter.BusConfig) (can.Bus, error) {
	if b.Fail != nil {
		return nil, b.Fail
	}
	c := NewController(cfg, b.Take)
	b.Opens <- c
	return c, nil
}

// Watch keeps what the server tells.
func (b *Bench[E]) Watch(e E) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, e)
}

// Seen is what the server has told.
func (b *Bench[E]) Seen() []E {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.events
}
