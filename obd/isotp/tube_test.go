package isotp

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/transport/transporttest"
)

// wire joins buses without any delay: each frame reaches every other end, and
// comes back as an echo unless the end is mute.
type wire struct {
	mu   sync.Mutex
	ends []*tube
	log  []string
}

type tube struct {
	wire *wire
	in   chan can.Rx
	done chan struct{}
	once sync.Once
	mute bool
	hold func(f *can.Frame) bool // true: the frame never reaches the wire
}

func (w *wire) end() *tube {
	b := &tube{wire: w, in: make(chan can.Rx, 4096), done: make(chan struct{})}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ends = append(w.ends, b)
	return b
}

func (b *tube) Echoes() bool { return !b.mute }

func (b *tube) Send(ctx context.Context, f can.Frame) error {
	select {
	case <-b.done:
		return can.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	default:
	}
	if b.hold != nil && b.hold(&f) {
		return nil
	}
	b.wire.mu.Lock()
	defer b.wire.mu.Unlock()
	b.wire.log = append(b.wire.log, f.String())
	for _, e := range b.wire.ends {
		if e != b || !b.mute {
			e.in <- can.Rx{Frame: f, Time: time.Now(), Own: e == b}
		}
	}
	return nil
}

func (b *tube) Recv(ctx context.Context) (can.Rx, error) {
	select {
	case rx := <-b.in:
		return rx, nil
	case <-b.done:
		return can.Rx{}, can.ErrClosed
	case <-ctx.Done():
		return can.Rx{}, ctx.Err()
	}
}

func (b *tube) Close() error {
	b.once.Do(func() { close(b.done) })
	return nil
}

// unit answers at an address with a Machine and nothing else.
func serve(t *testing.T, b *tube, unit, functional transport.Address, p transport.Params, handler func([]byte) [][]byte) {
	t.Helper()
	var wg sync.WaitGroup
	wg.Go(func() {
		m := NewMachine(Config{Address: unit.Reversed(), Params: p})
		var queue [][]byte
		for {
			rx, err := b.Recv(context.Background())
			if err != nil {
				return
			}
			f := rx.Frame
			switch {
			case rx.Own:
				m.Transmitted(time.Now(), true)
			case f.ID == functional.TX && !functional.IsZero():
				queue = append(queue, handler(f.Data[1:1+f.Data[0]])...)
			default:
				_ = m.Handle(time.Now(), &f)
			}
			for e, ok := m.Event(); ok; e, ok = m.Event() {
				if e.Kind == Received {
					queue = append(queue, handler(e.Data)...)
				}
			}
			if len(queue) > 0 && m.Send(time.Now(), queue[0]) == nil {
				queue = queue[1:]
			}
			for m.NextFrame(time.Now(), &f) {
				_ = b.Send(context.Background(), f)
			}
		}
	})
	t.Cleanup(func() {
		_ = b.Close()
		wg.Wait()
	})
}

func openTube(mute bool) func(t *testing.T) transporttest.Setup {
	return func(*testing.T) transporttest.Setup {
		w := &wire{}
		mine := w.end()
		mine.mute = mute
		return transporttest.Setup{
			Link: NewLink(mine),
			Serve: func(t *testing.T, unit, functional transport.Address, handler func([]byte) [][]byte) {
				t.Helper()
				serve(t, w.end(), unit, functional, transport.Params{BS: 5}, handler)
			},
		}
	}
}

func TestLink(t *testing.T) {
	for name, mute := range map[string]bool{"bus with echo": false, "bus without echo": true} {
		t.Run(name, func(t *testing.T) {
			transporttest.Run(t, openTube(mute), transporttest.Caps{
				Functional: true, Extended: true, MaxRequest: 5000, MaxResponse: 5000, Bubble: synctest.Test,
			})
		})
	}
}

func TestFlowControlReachesTheRightResponder(t *testing.T) {
	for _, c := range []struct{ functional, one, two, flowOne, flowTwo string }{
		{"7DF/7E8-7EF", "7E0/7E8", "7E3/7EB", "7E0#30", "7E3#30"},
		{"18DB33F1/18DAF1xx", "18DA10F1/18DAF110", "18DA40F1/18DAF140", "18DA10F1#30", "18DA40F1#30"},
	} {
		t.Run(c.functional, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &wire{}
				l := NewLink(w.end())
				defer l.Close()
				group := transport.MustAddress(c.functional)
				long := func([]byte) [][]byte { return [][]byte{count(20)} }
				serve(t, w.end(), transport.MustAddress(c.one), group, transport.Params{}, long)
				serve(t, w.end(), transport.MustAddress(c.two), group, transport.Params{}, long)
				conn, err := l.Dial(t.Context(), group, transport.Params{})
				require.NoError(t, err)
				require.NoError(t, conn.Send(t.Context(), []byte{9, 2}, transport.Want{Answers: -1}))
				for range 2 {
					m, err := conn.Recv(t.Context(), time.Second)
					require.NoError(t, err)
					require.Equal(t, count(20), m.Data)
				}
				require.Equal(t, 1, w.frames(c.flowOne))
				require.Equal(t, 1, w.frames(c.flowTwo))
			})
		})
	}
}

// frames counts the frames that begin with a candump text.
func (w *wire) frames(prefix string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.log {
		if len(s) >= len(prefix) && s[:len(prefix)] == prefix {
			n++
		}
	}
	return n
}
