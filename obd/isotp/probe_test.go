package isotp

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// ear keeps what a probing heard, as text.
type ear struct {
	mu    sync.Mutex
	heard []string
}

func (e *ear) hear(h transport.Heard) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case h.Err != nil:
		e.heard = append(e.heard, "ended")
	case h.Dropped > 0:
		e.heard = append(e.heard, "dropped")
	case h.Own:
		e.heard = append(e.heard, "own "+h.Frame.String())
	default:
		e.heard = append(e.heard, h.Frame.String())
	}
}

func (e *ear) all() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.heard
}

func overhear(t *testing.T, l *Link) (*ear, transport.Probing) {
	t.Helper()
	e := &ear{}
	p, err := l.Probe(e.hear)
	require.NoError(t, err)
	return e, p
}

func probe(address string, pad transport.Padding) transport.Probe {
	return transport.Probe{Address: transport.MustAddress(address), Pad: pad, Message: []byte{0x3E, 0}}
}

// Every form and padding, as it goes over the wire; each is confirmed once,
// with an echo and without.
func TestProbe(t *testing.T) {
	for _, mute := range []bool{false, true} {
		for want, p := range map[string]transport.Probe{
			"754#023E00CCCCCCCCCC":      probe("754/75C", 0),
			"754#023E00":                probe("754/75C", transport.PadNone),
			"754#023E0055" + "55555555": probe("754/75C", transport.PadWith(0x55)),
			"6F1#61023E00CCCCCCCC":      probe("6F1:61/661:F1", 0),
			"6F1#61023E00":              probe("6F1:61/661:F1", transport.PadNone),
			"18DAC6F1#023E00CCCCCCCCCC": probe("18DAC6F1/18DAF1C6", 0),
		} {
			synctest.Test(t, func(t *testing.T) {
				w := &wire{}
				mine := w.end()
				mine.mute = mute
				l := NewLink(mine)
				t.Cleanup(func() { require.NoError(t, l.Close()) })
				e, opened := overhear(t, l)
				require.NoError(t, opened.Send(t.Context(), p))
				synctest.Wait()
				require.Equal(t, []string{want}, w.log)
				require.Equal(t, []string{"own " + want}, e.all())
			})
		}
	}
}

// A probing hears everything; the conversations beside it go on.
func TestProbingHears(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, mine, l := open(t)
		peer := w.end()
		conn := dial(t, l, "754/75C")
		e, p := overhear(t, l)
		require.NoError(t, conn.Send(t.Context(), []byte{0x22, 0xF1, 0x90}, transport.Want{}))
		inject(t, peer, "75C#037F2231", "123#00")
		m, err := conn.Recv(t.Context(), 50*time.Millisecond)
		require.NoError(t, err)
		require.Equal(t, []byte{0x7F, 0x22, 0x31}, m.Data)
		mine.in <- can.Rx{Frame: can.Frame{ID: can.ErrAck, Flags: can.Error, Len: 8}}
		synctest.Wait()
		require.Len(t, e.all(), 4)
		require.Equal(t, []string{"own 754#0322F190CCCCCCCC", "75C#037F2231", "123#00"}, e.all()[:3])

		require.NoError(t, p.Close())
		require.NoError(t, p.Close())
		inject(t, peer, "123#01")
		require.Len(t, e.all(), 4, "closed")
		require.ErrorIs(t, p.Send(t.Context(), probe("754/75C", 0)), net.ErrClosed)
		e, p = overhear(t, l)
		require.NoError(t, p.Send(t.Context(), probe("754/75C", 0)))
		synctest.Wait()
		require.Len(t, e.all(), 1, "another one")
	})
}

// troubled is a bus that says what a test wants.
type troubled struct {
	can.Bus
	recv chan error
	send error
}

func (b troubled) Recv(context.Context) (can.Rx, error)  { return can.Rx{}, <-b.recv }
func (b troubled) Send(context.Context, can.Frame) error { return b.send }
func (b troubled) Close() error                          { return nil }

func TestProbingHearsOfTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := troubled{recv: make(chan error)}
		l := NewLink(b)
		e, _ := overhear(t, l)
		b.recv <- &can.DroppedError{Count: 3}
		b.recv <- errors.New("pulled out")
		synctest.Wait()
		require.Equal(t, []string{"dropped", "ended"}, e.all())
		require.NoError(t, l.Close())
	})
}

func requireOp(t *testing.T, err, want error) {
	t.Helper()
	require.ErrorIs(t, err, want)
	var op *transport.OpError
	require.ErrorAs(t, err, &op)
	require.Equal(t, "probe", op.Op)
	require.Equal(t, transport.SentNo, op.Sent)
}

func TestProbeRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, mine, l := open(t)
		_, p := overhear(t, l)
		_, err := l.Probe(func(transport.Heard) {})
		requireOp(t, err, errProbing)

		long := probe("754/75C", 0)
		long.Message = count(7)
		require.NoError(t, p.Send(t.Context(), long))
		long.Message = count(8)
		requireOp(t, p.Send(t.Context(), long), transport.ErrLength)
		long.Message = nil
		requireOp(t, p.Send(t.Context(), long), ErrEmpty)

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		requireOp(t, p.Send(ctx, probe("754/75C", 0)), context.Canceled)

		require.NoError(t, mine.Close())
		synctest.Wait()
		requireOp(t, p.Send(t.Context(), probe("754/75C", 0)), net.ErrClosed)
		_, err = l.Probe(func(transport.Heard) {})
		requireOp(t, err, net.ErrClosed)
	})
	synctest.Test(t, func(t *testing.T) {
		b := troubled{recv: make(chan error), send: can.ErrBusOffState}
		l := NewLink(b)
		_, p := overhear(t, l)
		requireOp(t, p.Send(t.Context(), probe("754/75C", 0)), transport.ErrBusOff)
		b.recv <- can.ErrClosed
		require.NoError(t, l.Close())
	})
}
