package isotp

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

func open(t *testing.T) (*wire, *tube, *Link) {
	t.Helper()
	w := &wire{}
	mine := w.end()
	l := NewLink(mine)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return w, mine, l
}

func dial(t *testing.T, l *Link, a string) transport.Conn {
	t.Helper()
	c, err := l.Dial(t.Context(), transport.MustAddress(a), transport.Params{})
	require.NoError(t, err)
	return c
}

func inject(t *testing.T, b *tube, frames ...string) {
	t.Helper()
	for _, s := range frames {
		require.NoError(t, b.Send(t.Context(), *frame(t, s)))
	}
	synctest.Wait()
}

// TestP2 bounds the wait for the first frame; after it N_Cr bounds the rest.
func TestP2(t *testing.T) {
	for name, c := range map[string]struct {
		after time.Duration
		ok    bool
	}{"one tick before": {50*time.Millisecond - tick, true}, "one tick after": {50*time.Millisecond + tick, false}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, _, l := open(t)
				peer := w.end()
				conn := dial(t, l, "754/75C")
				require.NoError(t, conn.Send(t.Context(), []byte{0x3E, 0}, transport.Want{}))
				time.AfterFunc(c.after, func() { _ = peer.Send(context.Background(), *frame(t, "75C#1008000102030405")) })
				time.AfterFunc(900*time.Millisecond, func() { _ = peer.Send(context.Background(), *frame(t, "75C#210607")) })
				m, err := conn.Recv(t.Context(), 50*time.Millisecond)
				if c.ok {
					require.NoError(t, err)
					require.Equal(t, count(8), m.Data)
					require.Equal(t, 850*time.Millisecond+tick, m.Last.Sub(m.First))
					return
				}
				var late *transport.TimeoutError
				require.ErrorAs(t, err, &late)
				require.Equal(t, "P2", late.Timer)
				time.Sleep(time.Second)
			})
		})
	}
}

func TestBrokenAnswerEndsReceive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, l := open(t)
		peer := w.end()
		conn := dial(t, l, "754/75C")
		inject(t, peer, "75C#1014000102030405")
		inject(t, peer, "75C#2206070809")
		_, err := conn.Recv(t.Context(), 50*time.Millisecond)
		require.Error(t, err)
		require.Equal(t, uint64(1), l.Stats().Ignored, "the frame was too short to be consecutive")
		var late *transport.TimeoutError
		require.ErrorAs(t, err, &late)
		require.Equal(t, "N_Cr", late.Timer)
		inject(t, peer, "75C#1014000102030405")
		inject(t, peer, "75C#22060708090A0B0C")
		_, err = conn.Recv(t.Context(), 50*time.Millisecond)
		var pe *transport.ProtocolError
		require.ErrorAs(t, err, &pe)
		require.Equal(t, "N_WRONG_SN", pe.Clause)
	})
}

// TestForeignFlowControl: nothing on another identifier moves our message.
func TestForeignFlowControl(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, l := open(t)
		peer := w.end()
		conn := dial(t, l, "6F1:61/661:F1")
		done := make(chan error)
		go func() { done <- conn.Send(t.Context(), count(10), transport.Want{}) }()
		synctest.Wait()
		inject(t, peer, "663#F1300000", "661#F0300000", "00000661#F1300000")
		require.Zero(t, w.frames("6F1#6121"))
		inject(t, peer, "661#F1300000")
		require.NoError(t, <-done)
		require.Equal(t, 1, w.frames("6F1#6121"))
	})
}

func TestSentOfAFailure(t *testing.T) {
	for _, c := range []struct {
		name   string
		n      int
		want   transport.Sent
		report uint32 // what the controller says
		is     error
	}{
		{"single frame without acknowledge", 3, transport.SentUnknown, can.ErrAck, transport.ErrNoAck},
		{"first frame without acknowledge", 30, transport.SentNo, can.ErrAck, transport.ErrNoAck},
		{"single frame, then bus-off", 3, transport.SentUnknown, can.ErrBusOff, transport.ErrBusOff},
		{"first frame, then bus-off", 30, transport.SentNo, can.ErrBusOff, transport.ErrBusOff},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, mine, l := open(t)
				mine.hold = func(*can.Frame) bool {
					mine.in <- can.Rx{Frame: can.Frame{ID: c.report, Flags: can.Error}, Time: time.Now()}
					return true
				}
				err := dial(t, l, "754/75C").Send(t.Context(), count(c.n), transport.Want{})
				require.ErrorIs(t, err, c.is)
				var op *transport.OpError
				require.ErrorAs(t, err, &op)
				require.Equal(t, c.want, op.Sent)
			})
		})
	}
}

func TestCancelledSend(t *testing.T) {
	for _, c := range []struct {
		name string
		n    int
		want transport.Sent
	}{{"a single frame may have left", 3, transport.SentUnknown}, {"a long message has not", 30, transport.SentNo}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, mine, l := open(t)
				mine.hold = func(*can.Frame) bool { return true }
				conn := dial(t, l, "754/75C")
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				defer cancel()
				err := conn.Send(ctx, count(c.n), transport.Want{})
				require.ErrorIs(t, err, context.DeadlineExceeded)
				var op *transport.OpError
				require.ErrorAs(t, err, &op)
				require.Equal(t, c.want, op.Sent)
				mine.hold = nil
				require.NoError(t, conn.Send(t.Context(), count(3), transport.Want{}), "the conversation goes on")
			})
		})
	}
}

// TestAlone: a unit that we also talk to alone gets its own answer, and the
// group that asked has the others.
func TestAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, l := open(t)
		peer := w.end()
		group := dial(t, l, "7DF/7E8-7EF")
		single := dial(t, l, "7E0/7E8")
		require.NoError(t, single.Send(t.Context(), []byte{0x3E, 0}, transport.Want{}))
		inject(t, peer, "7E8#027E00", "7E9#027E00")
		m, err := single.Recv(t.Context(), time.Millisecond)
		require.NoError(t, err)
		require.Equal(t, "7E0/7E8", m.From.String())
		m, err = group.Recv(t.Context(), time.Millisecond)
		require.NoError(t, err)
		require.Equal(t, "7E1/7E9", m.From.String())
		inject(t, peer, "7E8#0141")
		m, err = group.Recv(t.Context(), time.Millisecond)
		require.NoError(t, err, "nobody else waits for it")
		require.Equal(t, []byte{0x41}, m.Data)
	})
}

func TestTwoConversationsWithOneAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, l := open(t)
		dial(t, l, "754/75C")
		_, err := l.Dial(t.Context(), transport.MustAddress("754/75C"), transport.Params{})
		require.ErrorIs(t, err, ErrInUse)
	})
}

// TestChatter: what nobody takes is bounded and counted.
func TestChatter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, l := open(t)
		peer := w.end()
		conn := dial(t, l, "754/75C")
		for range itemsMax + 3 {
			inject(t, peer, "75C#0101")
		}
		require.Equal(t, uint64(3), l.Stats().Untaken)
		n := 0
		for _, err := conn.Recv(t.Context(), time.Millisecond); err == nil; _, err = conn.Recv(t.Context(), time.Millisecond) {
			n++
		}
		require.Equal(t, itemsMax, n)
	})
}

// TestManyConversations runs 64 at once, each with long messages both ways.
func TestManyConversations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, l := open(t)
		done := make(chan error)
		for i := range 64 {
			a := transport.Address{TX: 0x600 + uint32(i), RX: 0x680 + uint32(i), RXLast: 0x680 + uint32(i)}
			serve(t, w.end(), a, transport.Address{}, transport.Params{BS: uint8(i % 4)}, func(r []byte) [][]byte { return [][]byte{r} })
			go func() {
				conn, err := l.Dial(t.Context(), a, transport.Params{BS: uint8(i % 3)})
				if err == nil {
					err = conn.Send(t.Context(), count(100+i), transport.Want{})
				}
				if err == nil {
					var m transport.Message
					if m, err = conn.Recv(t.Context(), time.Second); err == nil && len(m.Data) != 100+i {
						err = ErrForeign
					}
				}
				done <- err
			}()
		}
		for range 64 {
			require.NoError(t, <-done)
		}
	})
}
