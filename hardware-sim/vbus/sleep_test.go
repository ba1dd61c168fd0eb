package vbus_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/obd/can"
)

func TestSleepingNode(t *testing.T) {
	for rule, run := range map[string]func(t *testing.T, s *vbus.Segment, j *journal){
		"does not acknowledge": func(t *testing.T, s *vbus.Segment, _ *journal) {
			t.Helper()
			a, b := s.Attach("a"), s.Attach("b")
			b.Sleep()
			send(t, a, numbered(1, 1))
			rest(time.Millisecond)
			require.Zero(t, owns(heard(t, a)))
		},
		"does not receive": func(t *testing.T, s *vbus.Segment, _ *journal) {
			t.Helper()
			a, b := s.Attach("a"), s.Attach("b")
			s.Attach("c")
			b.Sleep()
			send(t, a, numbered(1, 1))
			rest(time.Millisecond)
			b.Wake()
			require.Empty(t, heard(t, b))
		},
		"does not send, and loses what it had queued": func(t *testing.T, s *vbus.Segment, j *journal) {
			t.Helper()
			a := s.Attach("a")
			send(t, a, numbered(1, 1), numbered(1, 2))
			a.Sleep()
			require.ErrorIs(t, a.Send(t.Context(), numbered(1, 3)), can.ErrDown)
			s.Attach("b")
			rest(time.Second)
			a.Wake()
			send(t, a, numbered(1, 4))
			rest(time.Second)
			require.Len(t, j.all(), 2, "what was on the wire ends unheard by b")
			require.Equal(t, numbered(1, 4), j.all()[1].Frame)
		},
	} {
		t.Run(rule, func(t *testing.T) { bubble(t, at500k, run) })
	}
}

// A car that is asleep: somebody on the bus acknowledges, so the first frame is
// gone before the unit hears anything.
func TestWakeOnTraffic(t *testing.T) {
	bubble(t, at500k, func(t *testing.T, s *vbus.Segment, _ *journal) {
		t.Helper()
		tester := s.Attach("tester")
		s.Attach("gateway")
		var unit *vbus.Node
		woken := 0
		unit = s.Attach("unit", vbus.OnWake(func() {
			woken++
			time.AfterFunc(20*time.Millisecond, unit.Wake)
		}))
		unit.Sleep()

		send(t, tester, numbered(0x7DF, 1), numbered(0x7DF, 2))
		rest(20*time.Millisecond + time.Nanosecond)
		send(t, tester, numbered(0x7DF, 3))
		rest(time.Millisecond)
		require.Equal(t, []can.Frame{numbered(0x7DF, 3)}, frames(heard(t, unit)))
		require.Equal(t, 1, woken, "called once a sleep")

		unit.Sleep()
		send(t, tester, numbered(0x7DF, 4))
		rest(time.Millisecond)
		require.Equal(t, 2, woken)
	})
}

func TestALoadWakesToo(t *testing.T) {
	bubble(t, at500k, func(t *testing.T, s *vbus.Segment, _ *journal) {
		t.Helper()
		s.Attach("peer")
		var unit *vbus.Node
		unit = s.Attach("unit", vbus.OnWake(func() { unit.Wake() }))
		load(t, s, "load", vbus.Load{IDs: []uint32{0x100}, Period: 10 * time.Millisecond})
		rest(time.Millisecond)
		require.Len(t, frames(heard(t, unit)), 1)
		unit.Sleep()
		rest(30 * time.Millisecond)
		require.Len(t, frames(heard(t, unit)), 2, "of three frames the first woke it")
	})
}

func TestANodeThatWakesInAFrameMissesIt(t *testing.T) {
	bubble(t, at500k, func(t *testing.T, s *vbus.Segment, _ *journal) {
		t.Helper()
		tester := s.Attach("tester")
		s.Attach("gateway")
		var unit *vbus.Node
		unit = s.Attach("unit", vbus.OnWake(func() { unit.Wake() }))
		unit.Sleep()
		send(t, tester, numbered(0x7DF, 1), numbered(0x7DF, 2))
		rest(time.Second)
		require.Equal(t, []can.Frame{numbered(0x7DF, 2)}, frames(heard(t, unit)))
	})
}

func TestAloneOnTheBusTheRepeatedFrameArrivesAfterWaking(t *testing.T) {
	for rule, cfg := range map[string]vbus.Config{"bit timing": at500k, "no bit timing": {}} {
		t.Run(rule, func(t *testing.T) {
			bubble(t, cfg, func(t *testing.T, s *vbus.Segment, _ *journal) {
				t.Helper()
				tester := s.Attach("tester")
				var unit *vbus.Node
				unit = s.Attach("unit", vbus.OnWake(func() { unit.Wake() }))
				unit.Sleep()
				send(t, tester, numbered(0x7DF, 1))
				rest(time.Second)
				require.Equal(t, []can.Frame{numbered(0x7DF, 1)}, frames(heard(t, unit)))
				all := heard(t, tester)
				require.Equal(t, []uint32{can.ErrAck}, reports(all))
				require.Equal(t, 1, owns(all))
			})
		})
	}
}

func TestWakeOfANodeThatIsAwakeIsHarmless(t *testing.T) {
	bubble(t, at500k, func(t *testing.T, s *vbus.Segment, _ *journal) {
		t.Helper()
		a, b := s.Attach("a"), s.Attach("b")
		send(t, a, numbered(1, 1))
		synctest.Wait()
		b.Wake()
		rest(time.Millisecond)
		require.Len(t, frames(heard(t, b)), 1, "it has not missed the frame under way")
	})
}
