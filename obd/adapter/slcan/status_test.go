package slcan_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/hardware-sim/vslcan"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/slcan"
	"github.com/untether-obd/untether/obd/can"
)

// sealed is a bus that is used from outside of its status: the test sets it.
func sealed(t *testing.T) (can.Bus, *stranger, *atomic.Value) {
	t.Helper()
	var status atomic.Value
	status.Store("F00\r")
	host, s := meet(t, func(line string) string {
		if line == "F" {
			return status.Load().(string)
		}
		return script(usual(nil))(line)
	})
	d, err := slcan.New(t.Context(), host, slcan.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	b := openBus(t, d, at500k)
	require.True(t, can.Echoes(b))
	return b, s, &status
}

// reported takes what b has to report now.
func reported(t *testing.T, b can.Bus) []can.Rx {
	t.Helper()
	synctest.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	var all []can.Rx
	for {
		rx, err := b.Recv(ctx)
		if err != nil {
			require.ErrorIs(t, err, context.DeadlineExceeded)
			return all
		}
		all = append(all, rx)
	}
}

var request = can.NewFrame(0x7DF, 2, 1, 0)

// TestConfirmation: a frame counts as heard when others are heard, or when its
// status shows no error after it had time to.
func TestConfirmation(t *testing.T) {
	const settle = 10 * time.Millisecond
	t.Run("a status without errors", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b, _, _ := sealed(t)
			require.NoError(t, b.Send(t.Context(), request))
			time.Sleep(settle - time.Microsecond)
			require.Empty(t, reported(t, b))
			time.Sleep(settle)
			all := reported(t, b)
			require.Len(t, all, 1)
			require.True(t, all[0].Own)
			require.Equal(t, request, all[0].Frame)
			require.NoError(t, b.Send(t.Context(), request))
			require.Len(t, reported(t, b), 1, "now it is known that somebody is there")
		})
	})
	t.Run("somebody else", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b, s, _ := sealed(t)
			require.NoError(t, b.Send(t.Context(), request))
			require.NoError(t, s.Write(t.Context(), []byte("t7E81AB\r")))
			all := reported(t, b)
			require.Len(t, all, 2)
			require.True(t, all[0].Own, "before the answer")
			require.Equal(t, can.NewFrame(0x7E8, 0xAB), all[1].Frame)
		})
	})
	t.Run("errors, and later none", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b, _, status := sealed(t)
			status.Store("FA4\r")
			require.NoError(t, b.Send(t.Context(), request))
			time.Sleep(10 * settle)
			all := reported(t, b)
			require.NotEmpty(t, all)
			noAck := 0
			for _, rx := range all {
				require.False(t, rx.Own)
				if rx.Frame.ID == can.ErrAck {
					noAck++
				}
			}
			require.Equal(t, 1, noAck, "told once")
			status.Store("F00\r")
			time.Sleep(2 * settle)
			all = reported(t, b)
			require.Len(t, all, 1, "it was repeated until somebody woke")
			require.True(t, all[0].Own)
		})
	})
	t.Run("errors that end at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b, s, status := sealed(t)
			status.Store("FA4\r")
			require.NoError(t, b.Send(t.Context(), request))
			time.Sleep(settle + time.Millisecond)
			status.Store("F00\r")
			time.Sleep(time.Second)
			for _, rx := range reported(t, b) {
				require.False(t, rx.Own, "the controller may be bus-off")
			}
			require.NoError(t, s.Write(t.Context(), []byte("t7E81AB\r")))
			require.Len(t, reported(t, b), 2, "but others were heard")
		})
	})
}

// TestMissingAcknowledge: the frame counts as sent, and nobody says that it
// was heard; the answers after it are not taken for its own.
func TestMissingAcknowledge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var host *vserial.Host
		var s *stranger
		host, s = meet(t, func(line string) string {
			if line == "t7DF3020100" {
				time.AfterFunc(400*time.Millisecond, func() { _ = s.Write(context.Background(), []byte("z\r")) })
				return ""
			}
			if line[0] == 't' {
				return "\a" // a late z may not answer this one
			}
			return script(usual(nil))(line)
		})
		d, err := slcan.New(t.Context(), host, slcan.Options{})
		require.NoError(t, err)
		b := openBus(t, d, at500k)
		require.NoError(t, b.Send(t.Context(), request))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, b.Send(ctx, can.NewFrame(0x7E0, 1)), slcan.ErrBufferFull)
		require.Empty(t, reported(t, b))
		require.NoError(t, d.Close())
	})
}

// TestStatusIsReported: what a dongle tells of the bus, whoever uses it.
func TestStatusIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _, status := sealed(t)
		for answer, class := range map[string]uint32{
			"F80\r": can.ErrProtocol | can.ErrBusError, "F04\r": can.ErrController, "F20\r": can.ErrController,
		} {
			reported(t, b)
			status.Store(answer)
			time.Sleep(110 * time.Millisecond)
			status.Store("F00\r")
			all := reported(t, b)
			require.NotEmpty(t, all)
			require.Equal(t, class, all[0].Frame.ID)
			require.NoError(t, all[0].Frame.Validate())
		}
		status.Store("F08\r")
		_, err := b.Recv(t.Context())
		var dropped *can.DroppedError
		require.ErrorAs(t, err, &dropped)
	})
}

// TestDonglesTimes: distances between frames are those on the bus, though the
// line is slow.
func TestDonglesTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := segment(t, 500_000)
		unit := s.Attach("unit")
		s.Attach("listener")
		d, err := slcan.New(t.Context(), plug(t, attach(s, true), vslcan.Options{}, line), slcan.Options{Times: true})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, d.Close()) })
		b := openBus(t, d, listening)
		first := send(t, unit, b)
		for range 3 {
			time.Sleep(40 * time.Second)
			last := send(t, unit, b)
			require.InDelta(t, 40*time.Second, last.Sub(first), float64(50*time.Millisecond))
			first = last
		}
	})
}

// send has a unit send a burst and gives the time of its last frame.
func send(t *testing.T, unit *vbus.Node, b can.Bus) (last time.Time) {
	t.Helper()
	for range 10 {
		require.NoError(t, unit.Send(t.Context(), can.NewFrame(0x123, 1, 2, 3, 4, 5, 6, 7, 8)))
	}
	for range 10 {
		rx, err := b.Recv(t.Context())
		require.NoError(t, err)
		last = rx.Time
	}
	return last
}

// TestASlowLineLosesFrames, and tells.
func TestASlowLineLosesFrames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := segment(t, 500_000)
		unit := s.Attach("unit")
		b := openBus(t, dongle(t, attach(s, true), vslcan.Options{Name: "can232"}), adapter.BusConfig{Bitrate: 500_000, ListenOnly: true})
		s.Attach("listener")
		for range 400 {
			require.NoError(t, unit.Send(t.Context(), can.NewFrame(0x123, 1, 2, 3, 4, 5, 6, 7, 8)))
		}
		var dropped *can.DroppedError
		for {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			_, err := b.Recv(ctx)
			cancel()
			if err != nil {
				require.ErrorAs(t, err, &dropped)
				return
			}
		}
	})
}
