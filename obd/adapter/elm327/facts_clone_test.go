package elm327_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/obd/adapter/elm327"
	"github.com/untether-obd/untether/obd/can"
)

var clones = []fact{
	{name: "9 a version proves nothing", run: versionLies},
	{name: "9 what was found out is kept", run: kept},
	{name: "10 ATTPA0 kills some", run: func(t *testing.T) { t.Helper(); plainly(t, "clone-2.1", "") }},
	{name: "10 a reset takes its time", run: func(t *testing.T) { t.Helper(); plainly(t, "wifi-clone", "lacks:WS") }},
	{name: "10 a warm start may leave what was set", run: staleStart},
	{name: "11 some cannot but listen in silence", run: silentClone},
	{name: "11 remote frames are dropped", run: noRemote},
	{name: "11 frames are shown with their padding", run: padded},
	{name: "12 a protocol takes settings away", run: forgetful},
}

func versionLies(t *testing.T) {
	t.Helper()
	meet(t, "clone-2.1", velm.Options{}, func(s *scene) {
		able := s.driver().Capabilities()
		require.Equal(s.t, "ELM327 v2.1", able.Banner)
		require.Equal(s.t, elm327.Yes, able.FlowControl)
		for _, lacks := range []elm327.Ability{able.ReceiveFilter, able.Silent, able.TimerScale, able.Activity, able.Parameters} {
			require.Equal(s.t, elm327.No, lacks)
		}
	})
	meet(t, "vlinker", velm.Options{Fault: "lacks:FCSH"}, func(s *scene) {
		able := s.driver().Capabilities()
		require.Equal(s.t, elm327.No, able.FlowControl)
		require.Equal(s.t, elm327.Yes, able.STN)
	})
}

func kept(t *testing.T) {
	t.Helper()
	o := elm327.Options{URI: "elm327:dongle", Key: "dongle", Cache: t.TempDir()}
	meet(t, "clone-2.1", velm.Options{}, func(s *scene) {
		var first elm327.Capabilities
		for again := range 2 {
			before := s.velm.Ledger().Commands
			d, err := elm327.New(s.t.Context(), s.line(), o)
			require.NoError(s.t, err)
			if again == 0 {
				first = d.Capabilities()
			} else {
				require.Equal(s.t, first, d.Capabilities())
				require.LessOrEqual(s.t, s.velm.Ledger().Commands-before, 8)
			}
			require.NoError(s.t, d.Close())
			s.leave()
		}
		require.Empty(s.t, s.velm.Ledger().Violations)
	})
}

// staleStart: somebody else has set what no reset but the cold one takes away.
func staleStart(t *testing.T) {
	t.Helper()
	for _, dongle := range []string{"elm-2.2", "stn1110"} {
		meet(t, dongle, velm.Options{Fault: "stale-warm-start"}, func(s *scene) {
			s.unit("7E0/7E8", identified())
			s.former("ATE0", "ATR0", "ATCEA61", "ATCRA123", "STFAP123,7FF")
			d, l := s.linked()
			s.well(l, "7E0/7E8")
			require.Equal(s.t, "ELM327 v", d.Capabilities().Banner[:8])
		})
	}
}

func silentClone(t *testing.T) {
	t.Helper()
	for _, dongle := range []string{"elm-2.2", "clone-1.5", "clone-2.1"} {
		meet(t, dongle, velm.Options{}, func(s *scene) {
			d := s.driver()
			require.NoError(s.t, d.Listen(s.t.Context(), 500_000, time.Second, func(can.Rx) {}))
			require.True(s.t, s.mute)
			require.Empty(s.t, s.velm.Ledger().Frames)
		})
	}
}

func noRemote(t *testing.T) {
	t.Helper()
	meet(t, "clone-1.5", velm.Options{}, func(s *scene) {
		s.unit("7E0/7E8", identified())
		_, l := s.linked()
		s.well(l, "7E0/7E8")
		require.Zero(s.t, s.named("RTR"))
	})
}

func padded(t *testing.T) {
	t.Helper()
	meet(t, "clone-1.5", velm.Options{}, func(s *scene) {
		s.unit("7E0/7E8", map[string]string{"\x22\xF1\x50": "\x62\xF1\x50\x0F"})
		d, l := s.linked()
		require.Equal(s.t, []byte("\x62\xF1\x50\x0F"), ask(s.t, dial(s.t, l, "7E0/7E8"), 0x22, 0xF1, 0x50).Data)
		_, _, err := d.Said(s.t.Context(), "ATCAF1")
		require.NoError(s.t, err)
		data, _, err := d.Said(s.t.Context(), "22F150")
		require.NoError(s.t, err)
		require.Len(s.t, data[0], len("7E8")+8*len(" 00"), "%s", data)
	})
}

// forgetful has units with identifiers of 11 and of 29 bits take turns.
func forgetful(t *testing.T) {
	t.Helper()
	for _, dongle := range []string{"vlinker", "clone-2.1"} {
		meet(t, dongle, velm.Options{}, func(s *scene) {
			narrow, wide := "7E0/7E8", "18DA10F1/18DAF110"
			s.unit(narrow, identified())
			s.unit(wide, identified())
			_, l := s.linked()
			for range 3 {
				s.well(l, narrow)
				s.well(l, wide)
			}
			require.Zero(s.t, incidents(l))
		})
	}
}
