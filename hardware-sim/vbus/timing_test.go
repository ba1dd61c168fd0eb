package vbus_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/obd/can"
)

func TestFrameTakesItsBits(t *testing.T) {
	fd := can.Frame{ID: 0x7E8, Flags: can.FD | can.BRS, Len: 64}
	for rule, f := range map[string]can.Frame{
		"classic": can.NewFrame(0x7E8, 1, 2, 3, 4, 5, 6, 7, 8),
		"FD":      fd,
	} {
		t.Run(rule, func(t *testing.T) {
			bubble(t, at500k, func(t *testing.T, s *vbus.Segment, _ *journal) {
				t.Helper()
				a, b := s.Attach("a"), s.Attach("b")
				begin := time.Now()
				send(t, a, f)
				echo, err := a.Recv(t.Context())
				require.NoError(t, err)
				require.Equal(t, until(f), time.Since(begin), "the echo comes at the end of the frame")
				require.Equal(t, can.Rx{Frame: f, Time: time.Now(), Own: true}, echo)
				rx, err := b.Recv(t.Context())
				require.NoError(t, err)
				require.Equal(t, can.Rx{Frame: f, Time: echo.Time}, rx)
			})
		})
	}
}

func TestFrameStartsWhenQueuedAndWireFree(t *testing.T) {
	bubble(t, at500k, func(t *testing.T, s *vbus.Segment, j *journal) {
		t.Helper()
		a, _ := s.Attach("a"), s.Attach("b")
		begin := time.Now()
		first, second, third := numbered(1, 1), numbered(1, 2), numbered(1, 3)
		send(t, a, first, second)
		rest(time.Second)
		send(t, a, third)
		rest(time.Second)
		require.Equal(t, []vbus.Event{
			{From: "a", Frame: first, Start: begin, End: begin.Add(until(first))},
			{From: "a", Frame: second, Start: begin.Add(until(first) + 3*microbit), End: begin.Add(until(first) + 3*microbit + until(second))},
			{From: "a", Frame: third, Start: begin.Add(time.Second), End: begin.Add(time.Second + until(third))},
		}, j.all())
	})
}

// In wall time the simulation comes late to most frames; on the wire they
// follow each other without a gap all the same. All are queued before anybody
// acknowledges the first.
func TestLateTimersDoNotSlowTheBus(t *testing.T) {
	const n = 60
	s := open(t, at500k)
	a := s.Attach("a")
	for i := range n {
		send(t, a, numbered(0x100, i))
	}
	b := s.Attach("b")
	var last can.Rx
	for seen := 0; seen < n; {
		rx, err := b.Recv(t.Context())
		require.NoError(t, err)
		if rx.Frame.Is(can.Error) {
			continue
		}
		require.Equal(t, numbered(0x100, seen), rx.Frame)
		if seen >= 2 { // by then a is error-active again and waits for nothing
			require.Equal(t, 3*microbit+until(rx.Frame), rx.Time.Sub(last.Time), "frame %d", seen)
		}
		last = rx
		seen++
	}
}

func TestWithoutBitTimingFramesArriveAtOnce(t *testing.T) {
	bubble(t, vbus.Config{}, func(t *testing.T, s *vbus.Segment, _ *journal) {
		t.Helper()
		a, b := s.Attach("a"), s.Attach("b")
		begin := time.Now()
		for i := range 1000 {
			send(t, a, numbered(1, i))
			rx, err := b.Recv(t.Context())
			require.NoError(t, err)
			require.Equal(t, can.Rx{Frame: numbered(1, i), Time: begin}, rx)
		}
		require.Zero(t, time.Since(begin))
	})
}

func TestWithoutBitTimingAFailedFrameIsRepeatedEachMillisecond(t *testing.T) {
	bubble(t, vbus.Config{}, func(t *testing.T, s *vbus.Segment, j *journal) {
		t.Helper()
		a := s.Attach("a")
		send(t, a, numbered(1, 1))
		rest(10*time.Millisecond - 2)
		require.Len(t, j.all(), 10)
		b := s.Attach("b")
		require.Empty(t, frames(heard(t, b)))
		rest(time.Millisecond)
		require.Equal(t, []can.Frame{numbered(1, 1)}, frames(heard(t, b)))
	})
}

// Each row is sent the wrong way round while the wire is busy.
func TestArbitration(t *testing.T) {
	remote := func(f can.Frame) can.Frame { f.Flags |= can.Remote; f.Len = 0; return f }
	extended := func(id uint32) can.Frame { return can.Frame{ID: id, Flags: can.Extended, Len: 1} }
	for _, row := range []struct {
		rule          string
		first, second can.Frame
	}{
		{"lower identifier", can.NewFrame(0x7DF, 1), can.NewFrame(0x7E0, 1)},
		{"a dominant bit early outweighs all later ones", can.NewFrame(0x3FF, 1), can.NewFrame(0x400, 1)},
		{"data before the remote frame of the same identifier", can.NewFrame(0x100, 1), remote(can.NewFrame(0x100))},
		{"11-bit before 29-bit with the same first bits", can.NewFrame(0x100, 1), extended(0x100 << 18)},
		{"even an 11-bit remote frame", remote(can.NewFrame(0x100)), extended(0x100 << 18)},
		{"29-bit before 11-bit with higher first bits", extended(0x0FF<<18 | 0x3FFFF), can.NewFrame(0x100, 1)},
		{"lower last 18 bits", extended(0x18DA10F1), extended(0x18DA10F2)},
		{"29-bit data before remote", extended(0x18DA10F1), remote(extended(0x18DA10F1))},
		{"FD takes part alike", can.Frame{ID: 0x100, Flags: can.FD, Len: 1}, can.NewFrame(0x101, 1)},
	} {
		t.Run(row.rule, func(t *testing.T) {
			bubble(t, at500k, func(t *testing.T, s *vbus.Segment, _ *journal) {
				t.Helper()
				loser, winner, busy, judge := s.Attach("loser"), s.Attach("winner"), s.Attach("busy"), s.Attach("judge")
				send(t, busy, can.NewFrame(0x7FF))
				send(t, loser, row.second)
				send(t, winner, row.first)
				rest(time.Second)
				require.Equal(t, []can.Frame{can.NewFrame(0x7FF), row.first, row.second}, frames(heard(t, judge)))
			})
		})
	}
}

func TestAQueueKeepsItsOrder(t *testing.T) {
	bubble(t, at500k, func(t *testing.T, s *vbus.Segment, _ *journal) {
		t.Helper()
		a, b := s.Attach("a"), s.Attach("b")
		want := []can.Frame{can.NewFrame(0x700), can.NewFrame(0x100), can.NewFrame(0x600)}
		send(t, a, want...)
		rest(time.Second)
		require.Equal(t, want, frames(heard(t, b)))
	})
}

func TestALateFrameDoesNotJoinAnArbitrationThatIsOver(t *testing.T) {
	for rule, row := range map[string]struct {
		after time.Duration
		want  []can.Frame
	}{
		"queued one tick before the wire is free":          {-1, []can.Frame{numbered(0x400, 1), numbered(0x100, 3), numbered(0x500, 2)}},
		"queued one tick after the next frame has started": {+1, []can.Frame{numbered(0x400, 1), numbered(0x500, 2), numbered(0x100, 3)}},
	} {
		t.Run(rule, func(t *testing.T) {
			bubble(t, at500k, func(t *testing.T, s *vbus.Segment, _ *journal) {
				t.Helper()
				a, b, judge := s.Attach("a"), s.Attach("b"), s.Attach("judge")
				send(t, a, numbered(0x400, 1), numbered(0x500, 2))
				rest(until(numbered(0x400, 1)) + 3*microbit + row.after)
				send(t, b, numbered(0x100, 3))
				rest(time.Second)
				require.Equal(t, row.want, frames(heard(t, judge)))
			})
		})
	}
}
