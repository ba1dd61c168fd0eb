package can_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/can/cantest"
)

func mux(t *testing.T, b can.Bus) *can.Mux {
	t.Helper()
	m := can.NewMux(b)
	t.Cleanup(func() { require.NoError(t, m.Close()) })
	return m
}

func TestTapIsABus(t *testing.T) {
	type opener func(t *testing.T) (a, b can.Bus)
	taps := func(open opener) opener {
		return func(t *testing.T) (can.Bus, can.Bus) {
			t.Helper()
			a, b := open(t)
			return mux(t, a).Join(256), mux(t, b).Join(256)
		}
	}
	simulated := func(t *testing.T) (a, b can.Bus) {
		t.Helper()
		s := vbus.New(vbus.Config{Bitrate: 500_000})
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		return s.Attach("a"), s.Attach("b")
	}
	full := cantest.Caps{Echo: true, FD: true, Remote: true, Bubble: synctest.Test}
	bare := cantest.Caps{Bubble: synctest.Test}
	t.Run("bus with echoes", func(t *testing.T) { cantest.Run(t, taps(simulated), full) })
	t.Run("tap of a tap", func(t *testing.T) { cantest.Run(t, taps(taps(simulated)), full) })
	t.Run("bus without echoes", func(t *testing.T) { cantest.Run(t, taps(cable), bare) })
	t.Run("the bus without echoes itself", func(t *testing.T) { cantest.Run(t, cable, bare) })
}

// recv gives the next thing that b says within a second of virtual time.
func recv(t *testing.T, b can.Bus) (can.Rx, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	return b.Recv(ctx)
}

func requireFrames(t *testing.T, b can.Bus, frames ...can.Frame) {
	t.Helper()
	for _, f := range frames {
		rx, err := recv(t, b)
		require.NoError(t, err)
		require.Equal(t, f, rx.Frame)
	}
}

func requireSilence(t *testing.T, b can.Bus) {
	t.Helper()
	rx, err := recv(t, b)
	require.ErrorIs(t, err, context.DeadlineExceeded, "got %s", rx.Frame)
}

func requireDropped(t *testing.T, b can.Bus, count uint64) {
	t.Helper()
	_, err := recv(t, b)
	var dropped *can.DroppedError
	require.ErrorAs(t, err, &dropped)
	require.Equal(t, count, dropped.Count)
}

func requireOwn(t *testing.T, b can.Bus, own bool) {
	t.Helper()
	rx, err := recv(t, b)
	require.NoError(t, err)
	require.Equal(t, own, rx.Own, "%s", rx.Frame)
}

func numbered(n byte) can.Frame { return can.NewFrame(0x700, n) }

func TestMuxFilters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := newPuppet()
		m := mux(t, bus)
		all := m.Join(8)
		some := m.Join(8, can.Only(0x7E8, false), can.Filter{ID: 0x18DAF100, Mask: 0x1FFFFF00, Extended: true})
		report := can.Frame{ID: can.ErrBusError, Flags: can.Error}
		bus.says(can.NewFrame(0x7E8), can.NewFrame(0x7E9), can.NewFrame(0x18DAF1C6), report)

		requireFrames(t, all, can.NewFrame(0x7E8), can.NewFrame(0x7E9), can.NewFrame(0x18DAF1C6), report)
		requireFrames(t, some, can.NewFrame(0x7E8), can.NewFrame(0x18DAF1C6), report)
		requireSilence(t, some)
	})
}

func TestSlowReader(t *testing.T) {
	t.Run("is told once where frames are missing and holds up nobody", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			bus := newPuppet()
			m := mux(t, bus)
			slow, quick := m.Join(2), m.Join(8)
			bus.says(numbered(0), numbered(1), numbered(2), numbered(3))
			synctest.Wait()
			requireFrames(t, slow, numbered(0))
			bus.says(numbered(4))
			synctest.Wait()

			requireFrames(t, slow, numbered(1))
			requireDropped(t, slow, 2)
			requireFrames(t, slow, numbered(4))
			requireSilence(t, slow)
			require.Equal(t, uint64(2), slow.Dropped())
			requireFrames(t, quick, numbered(0), numbered(1), numbered(2), numbered(3), numbered(4))
			require.Zero(t, quick.Dropped())
		})
	})
	t.Run("is told of a gap that no frame follows", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			bus := newPuppet()
			tap := mux(t, bus).Join(1)
			bus.says(numbered(0), numbered(1))
			synctest.Wait()
			requireFrames(t, tap, numbered(0))
			requireDropped(t, tap, 1)
			requireSilence(t, tap)
		})
	})
	t.Run("of a tap of a tap is told by both", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			bus := newPuppet()
			tap := mux(t, mux(t, bus).Join(4)).Join(4)
			bus.failed <- &can.DroppedError{Count: 7}
			requireDropped(t, tap, 7)
			bus.says(numbered(1))
			requireFrames(t, tap, numbered(1))
			require.Equal(t, uint64(7), tap.Dropped())
		})
	})
	t.Run("has a queue of at least one frame", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			bus := newPuppet()
			tap := mux(t, bus).Join(-1)
			bus.says(numbered(0))
			requireFrames(t, tap, numbered(0))
		})
	})
}

func TestOwnFrames(t *testing.T) {
	send := func(t *testing.T, b can.Bus, f can.Frame) {
		t.Helper()
		require.NoError(t, b.Send(t.Context(), f))
	}
	for rule, run := range map[string]func(t *testing.T, bus *puppet, a, b *can.Tap){
		"are the sender's and foreign to others": func(t *testing.T, bus *puppet, a, b *can.Tap) {
			t.Helper()
			send(t, a, numbered(1))
			bus.echoes(numbered(1))
			requireOwn(t, a, true)
			requireOwn(t, b, false)
		},
		"are told apart by their content, in any order": func(t *testing.T, bus *puppet, a, b *can.Tap) {
			t.Helper()
			send(t, a, numbered(1))
			send(t, b, numbered(2))
			bus.echoes(numbered(2), numbered(1))
			requireOwn(t, a, false)
			requireOwn(t, a, true)
			requireOwn(t, b, true)
			requireOwn(t, b, false)
		},
		"with equal content belong to the senders in turn": func(t *testing.T, bus *puppet, a, b *can.Tap) {
			t.Helper()
			send(t, b, numbered(1))
			send(t, a, numbered(1))
			bus.echoes(numbered(1), numbered(1))
			requireOwn(t, a, false)
			requireOwn(t, a, true)
			requireOwn(t, b, true)
			requireOwn(t, b, false)
		},
		"are known although the controller sets ESI": func(t *testing.T, bus *puppet, a, _ *can.Tap) {
			t.Helper()
			send(t, a, frame(1, can.FD, 1))
			bus.echoes(frame(1, can.FD|can.ESI, 1))
			requireOwn(t, a, true)
		},
		"of a refused send are nobody's": func(t *testing.T, bus *puppet, a, b *can.Tap) {
			t.Helper()
			bus.refuse = can.ErrBusOffState
			require.ErrorIs(t, a.Send(t.Context(), numbered(1)), can.ErrBusOffState)
			bus.refuse = nil
			send(t, b, numbered(1))
			bus.echoes(numbered(1))
			requireOwn(t, b, true)
			requireOwn(t, a, false)
		},
		"queued at bus-off are forgotten": func(t *testing.T, bus *puppet, a, b *can.Tap) {
			t.Helper()
			send(t, a, numbered(1))
			bus.says(can.Frame{ID: can.ErrBusOff, Flags: can.Error})
			requireOwn(t, a, false)
			requireOwn(t, b, false)
			send(t, b, numbered(1))
			bus.echoes(numbered(1))
			requireOwn(t, a, false)
			requireOwn(t, b, true)
		},
		"that the Mux did not send are nobody's": func(t *testing.T, bus *puppet, a, b *can.Tap) {
			t.Helper()
			bus.echoes(numbered(1))
			requireOwn(t, a, false)
			requireOwn(t, b, false)
		},
		"of a tap that left are not another's": func(t *testing.T, bus *puppet, a, b *can.Tap) {
			t.Helper()
			send(t, a, numbered(1))
			send(t, b, numbered(1))
			require.NoError(t, a.Close())
			bus.echoes(numbered(1), numbered(1))
			requireOwn(t, b, false)
			requireOwn(t, b, true)
		},
		"without an echo are remembered within bounds": func(t *testing.T, bus *puppet, a, _ *can.Tap) {
			t.Helper()
			for n := range 1025 {
				send(t, a, can.NewFrame(uint32(n)))
			}
			bus.echoes(can.NewFrame(0), can.NewFrame(1))
			requireOwn(t, a, false)
			requireOwn(t, a, true)
		},
	} {
		t.Run(rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bus := newPuppet()
				m := mux(t, bus)
				run(t, bus, m.Join(8), m.Join(8))
			})
		})
	}
}

func TestTapClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := newPuppet()
		m := mux(t, bus)
		leaving, staying := m.Join(8), m.Join(8)
		bus.says(numbered(1))
		synctest.Wait()
		require.NoError(t, leaving.Close())
		_, err := leaving.Recv(t.Context())
		require.ErrorIs(t, err, net.ErrClosed, "what waited is gone")
		require.ErrorIs(t, leaving.Send(t.Context(), numbered(2)), net.ErrClosed)
		require.Empty(t, bus.sent)

		require.NoError(t, staying.Send(t.Context(), numbered(3)))
		bus.says(numbered(4))
		requireFrames(t, staying, numbered(1), numbered(4))
	})
}

func TestMuxClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := newPuppet()
		m := can.NewMux(bus)
		a, b := m.Join(1), m.Join(1)
		ended := make(chan error, 3)
		for _, tap := range []*can.Tap{a, a, b} {
			go func() {
				_, err := tap.Recv(context.Background())
				ended <- err
			}()
		}
		synctest.Wait()
		require.Empty(t, ended)
		require.NoError(t, m.Close())
		require.NoError(t, m.Close())
		for range 3 {
			require.ErrorIs(t, <-ended, net.ErrClosed)
		}
		require.ErrorIs(t, bus.check(t.Context()), net.ErrClosed, "the bus is closed")
		_, err := m.Join(1).Recv(t.Context())
		require.ErrorIs(t, err, net.ErrClosed, "who joins later hears the same")
	})
}

func TestBusFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failure := errors.New("cable pulled")
		bus := newPuppet()
		m := can.NewMux(bus)
		a, b := m.Join(8), m.Join(8)
		bus.says(numbered(1))
		bus.failed <- failure
		synctest.Wait()
		for _, tap := range []*can.Tap{a, b} {
			requireFrames(t, tap, numbered(1))
			for range 2 {
				_, err := recv(t, tap)
				require.ErrorIs(t, err, failure)
			}
		}
		_, err := recv(t, m.Join(8))
		require.ErrorIs(t, err, failure, "who joins later hears the same")

		require.NoError(t, m.Close())
		_, err = recv(t, a)
		require.ErrorIs(t, err, net.ErrClosed, "a Close outranks the failure")
	})
}
