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

	"github.com/untether-obd/untether/obd/adapter/remote/remotetest"
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

// controller is one end of a bus, and what is sent there.
type controller struct {
	*remotetest.Controller
	sent chan can.Frame
}

// queue is how many frames a controller takes.
const queue = 4

func (c *controller) report(frames ...can.Rx) {
	for _, rx := range frames {
		c.Reports <- remotetest.Report{Rx: rx}
	}
	synctest.Wait()
}

// bench is a Server whose connections and controllers the test has in its
// hands.
type bench struct {
	*remotetest.Bench[Event]
	sent chan can.Frame
}

func serving(t *testing.T) *bench {
	t.Helper()
	b := &bench{sent: make(chan can.Frame, queue)}
	b.Bench = remotetest.NewBench[Event](b.take)
	b.Serve(t, (&Server{Open: b.Open, Watch: b.Watch}).Serve)
	return b
}

func (b *bench) take(ctx context.Context, f can.Frame) error {
	select {
	case b.sent <- f:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *bench) seen() []Event {
	synctest.Wait()
	return b.Seen()
}

// connect gives the client's end of a connection, as soon as it is accepted.
func (b *bench) connect(t *testing.T) *peer {
	t.Helper()
	return newPeer(t, b.Dial(t))
}

// join is connect and open.
func (b *bench) join(t *testing.T) (*peer, *controller) {
	t.Helper()
	p := b.connect(t)
	p.say(t, "< open can0 >")
	require.Equal(t, "< hi >< ok >", p.heard())
	return p, &controller{<-b.Opens, b.sent}
}
