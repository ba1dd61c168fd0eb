package tunnel

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
)

// tick is the least that a limit is passed or missed by.
const tick = time.Nanosecond

// pipes is a listener without descriptors, so that time can be virtual.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return nil }

// dial gives the client's end of a connection that the listener accepts.
func (p *pipes) dial(t *testing.T) net.Conn {
	t.Helper()
	mine, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
	case <-p.closed:
		require.Fail(t, "nobody listens any more")
	}
	t.Cleanup(func() { _ = mine.Close() })
	return mine
}

// controller is one end of a bus: the test decides what it reports and what becomes
// of what is sent.
type controller struct {
	cfg     adapter.BusConfig
	reports chan report
	take    func(ctx context.Context, f can.Frame) error
	closed  chan struct{}
	once    sync.Once
}

type report struct {
	rx  can.Rx
	err error
}

func (c *controller) Send(ctx context.Context, f can.Frame) error { return c.take(ctx, f) }

func (c *controller) Recv(ctx context.Context) (can.Rx, error) {
	select {
	case r := <-c.reports:
		return r.rx, r.err
	case <-c.closed:
		return can.Rx{}, can.ErrClosed
	case <-ctx.Done():
		return can.Rx{}, ctx.Err()
	}
}

func (c *controller) Close() error {
	c.once.Do(func() { close(c.closed) })
	return nil
}

// bench is a Server whose controllers the test has in its hands.
type bench struct {
	*pipes
	server *Server
	opens  chan *controller
	fail   error // what the next openings give
	take   func(ctx context.Context, f can.Frame) error
	end    context.CancelFunc
	ended  chan error

	mu     sync.Mutex
	events []Event
}

func serving(t *testing.T) *bench {
	t.Helper()
	b := &bench{
		pipes: newPipes(), opens: make(chan *controller, 8), ended: make(chan error, 1),
		take: func(context.Context, can.Frame) error { return nil },
	}
	b.server = &Server{Title: "a bench", Open: b.open, Watch: b.watch}
	ctx, cancel := context.WithCancel(context.Background())
	b.end = cancel
	go func() { b.ended <- b.server.Serve(ctx, b.pipes) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-b.ended)
	})
	return b
}

func (b *bench) open(_ context.Context, cfg adapter.BusConfig) (can.Bus, error) {
	if b.fail != nil {
		return nil, b.fail
	}
	c := &controller{cfg: cfg, reports: make(chan report), take: b.take, closed: make(chan struct{})}
	b.opens <- c
	return c, nil
}

func (b *bench) watch(e Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, e)
}

func (b *bench) seen() []Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.events
}

// client joins over a pipe.
func (b *bench) client(t *testing.T) *Tunnel {
	t.Helper()
	c, err := join(t.Context(), b.dial(t), "unix:bench")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// bus opens a bus and gives both ends.
func (b *bench) bus(t *testing.T, c *Tunnel) (can.Bus, *controller) {
	t.Helper()
	bus, err := c.OpenBus(t.Context(), adapter.BusConfig{Bitrate: 500_000})
	require.NoError(t, err)
	return bus, <-b.opens
}

// say writes a script from the other end, as a person with nc would.
func say(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	_, err := conn.Write([]byte(text))
	require.NoError(t, err)
}

// hear reads a line from the other end.
func hear(t *testing.T, in *inlet) line {
	t.Helper()
	l, err := in.next()
	require.NoError(t, err)
	return l
}
