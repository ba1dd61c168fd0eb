package socketcand

import (
	"context"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
)

// tick is the least that a limit is passed or missed by.
const tick = time.Nanosecond

// peer is the other end of a connection, in the test's hands: what came is
// collected, without spoiling when it came.
type peer struct {
	net.Conn
	mu    sync.Mutex
	text  []byte
	ended chan struct{} // closed when the other end has hung up
}

func newPeer(t *testing.T, conn net.Conn) *peer {
	t.Helper()
	p := &peer{Conn: conn, ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		_, _ = io.Copy(p, readerOnly{conn})
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-p.ended
	})
	return p
}

type readerOnly struct{ io.Reader }

// Write collects; to say is to send.
func (p *peer) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text = append(p.text, b...)
	return len(b), nil
}

// say sends, and waits until everybody has reacted.
func (p *peer) say(t *testing.T, text string) {
	t.Helper()
	_, _ = p.Conn.Write([]byte(text)) // an end that has hung up hears no more
	synctest.Wait()
}

// heard gives what has come since it was called last.
func (p *peer) heard() string {
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	text := string(p.text)
	p.text = nil
	return text
}

// hungUp reports whether the other end has.
func (p *peer) hungUp() bool {
	synctest.Wait()
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// controller is one end of a bus: the test decides what it reports and what
// becomes of what is sent.
type controller struct {
	reports chan outcome
	sent    chan can.Frame
	closed  chan struct{}
	once    sync.Once
}

// outcome is what a Recv gives.
type outcome struct {
	rx  can.Rx
	err error
}

// queue is how many frames a controller takes.
const queue = 4

func newController() *controller {
	return &controller{reports: make(chan outcome), sent: make(chan can.Frame, queue), closed: make(chan struct{})}
}

func (c *controller) Send(ctx context.Context, f can.Frame) error {
	select {
	case c.sent <- f:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

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

func (c *controller) report(frames ...can.Rx) {
	for _, rx := range frames {
		c.reports <- outcome{rx: rx}
	}
	synctest.Wait()
}

// bench is a Server whose connections and controllers the test has in its
// hands. It is the Server's listener, too.
type bench struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once

	opens chan *controller
	fail  error // what the next openings give
	end   context.CancelFunc
	ended chan error

	mu     sync.Mutex
	events []Event
}

func serving(t *testing.T) *bench {
	t.Helper()
	b := &bench{
		conns: make(chan net.Conn), closed: make(chan struct{}),
		opens: make(chan *controller, 8), ended: make(chan error, 1),
	}
	server := &Server{Open: b.open, Watch: b.watch}
	ctx, cancel := context.WithCancel(context.Background())
	b.end = cancel
	go func() { b.ended <- server.Serve(ctx, b) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-b.ended)
	})
	return b
}

func (b *bench) Accept() (net.Conn, error) {
	select {
	case c := <-b.conns:
		return c, nil
	case <-b.closed:
		return nil, net.ErrClosed
	}
}

func (b *bench) Close() error {
	b.once.Do(func() { close(b.closed) })
	return nil
}

func (b *bench) Addr() net.Addr { return nil }

func (b *bench) open(context.Context, adapter.BusConfig) (can.Bus, error) {
	if b.fail != nil {
		return nil, b.fail
	}
	c := newController()
	b.opens <- c
	return c, nil
}

func (b *bench) watch(e Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, e)
}

func (b *bench) seen() []Event {
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.events
}

// connect gives the client's end of a connection, as soon as it is accepted.
func (b *bench) connect(t *testing.T) *peer {
	t.Helper()
	mine, theirs := net.Pipe()
	b.conns <- theirs
	return newPeer(t, mine)
}

// join is connect and open.
func (b *bench) join(t *testing.T) (*peer, *controller) {
	t.Helper()
	p := b.connect(t)
	p.say(t, "< open can0 >")
	require.Equal(t, "< hi >< ok >", p.heard())
	return p, <-b.opens
}
