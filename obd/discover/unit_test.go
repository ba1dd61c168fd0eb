package discover_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vecu"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/discover"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
)

// alone scans one unit.
func alone(t *testing.T, o discover.Options, u unit, check func(t *testing.T, r *rig, got *discover.Result)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		r := newRig(t, at500k)
		r.add(u)
		check(t, r, r.scan(o))
	})
}

func only(t *testing.T, got *discover.Result) discover.Unit {
	t.Helper()
	require.Len(t, got.Units, 1)
	return got.Units[0]
}

func anything(*can.Frame) bool  { return true }
func full(f *can.Frame) bool    { return f.Len == 8 }
func notFull(f *can.Frame) bool { return f.Len < 8 }

// Both paddings are tried at known addresses, and one unit comes of it.
func TestPadding(t *testing.T) {
	for _, row := range []struct {
		rule          string
		hears         func(*can.Frame) bool
		padded, short discover.Tried
	}{
		{"a unit that takes both is one", nil, discover.Answered, discover.Answered},
		{"one that wants full frames", full, discover.Answered, discover.Silent},
		{"one that wants short frames", notFull, discover.Silent, discover.Answered},
	} {
		t.Run(row.rule, func(t *testing.T) {
			for _, address := range []string{"754/75C", "6F1:61/661:F1", "18DAC6F1/18DAF1C6"} {
				u := unit{address: address, latency: 5 * ms, hears: row.hears}
				alone(t, discover.Options{Known: known(address, "7B3/7BB")}, u, func(t *testing.T, _ *rig, got *discover.Result) {
					t.Helper()
					one := only(t, got)
					require.Equal(t, address, one.Address.String())
					require.True(t, one.Known)
					require.Equal(t, row.padded, one.Padded)
					require.Equal(t, row.short, one.Short)
				})
			}
		})
	}
	t.Run("strangers are tried with one padding", func(t *testing.T) {
		alone(t, discover.Options{Full: true}, unit{address: "754/75C"}, func(t *testing.T, _ *rig, got *discover.Result) {
			t.Helper()
			require.Equal(t, discover.Answered, only(t, got).Padded)
			require.Empty(t, only(t, got).Short)
			require.False(t, only(t, got).Known)
		})
		u := unit{address: "754/75C", hears: notFull}
		alone(t, discover.Options{Full: true}, u, func(t *testing.T, _ *rig, got *discover.Result) {
			t.Helper()
			require.Empty(t, got.Units)
		})
	})
}

func TestForms(t *testing.T) {
	for address, form := range map[string]discover.Form{
		"754/75C": discover.Normal, "18DAC6F1/18DAF1C6": discover.NormalFixed,
		"6F1:61/661:F1": discover.WithAddress, "750:C7/758:C7": discover.WithAddress,
	} {
		alone(t, discover.Options{Full: true}, unit{address: address, latency: 9 * ms}, func(t *testing.T, _ *rig, got *discover.Result) {
			t.Helper()
			one := only(t, got)
			require.Equal(t, address, one.Address.String())
			require.Equal(t, form, one.Form)
			require.Equal(t, unhex("7E00"), one.Answer)
			require.InDelta(t, 9*ms, one.Latency, float64(ms))
		})
	}
}

// A dialect is what the answer shows, never more than the probe asked.
func TestDialects(t *testing.T) {
	for _, row := range []struct {
		rule    string
		address string
		handler vecu.Handler
		known   guard.Dialect
		answer  string
		want    guard.Dialect
	}{
		{"7E 00 to 3E 00 is UDS", "740/748", uds(ms, nil), 0, "7E00", guard.UDS},
		{"a refusal shows nothing", "740/748", kwp(ms), 0, "7F3E12", 0},
		{"a bare 7E to 3E 00 shows nothing", "740/748", uds(ms, map[string]string{"3E00": "7E"}), 0, "7E", 0},
		{"7E to 3E 01 is KWP", "740/748", kwp(ms), guard.KWP, "7E", guard.KWP},
		{"a UDS unit that a profile takes for KWP", "740/748", uds(ms, nil), guard.KWP, "7F3E13", 0},
		{"7E to a bare 3E is GMLAN", "244/644", gmlan(ms), 0, "7E", guard.GMLAN},
		{"a UDS unit at GM's addresses", "244/644", uds(ms, nil), 0, "7F3E13", 0},
		{"a known one there is asked in its own dialect", "244/644", uds(ms, nil), guard.UDS, "7E00", guard.UDS},
	} {
		t.Run(row.rule, func(t *testing.T) {
			o := discover.Options{Full: true}
			if row.known != 0 {
				o = discover.Options{Known: []discover.Known{{transport.MustAddress(row.address), row.known}}}
			}
			alone(t, o, unit{address: row.address, handler: row.handler}, func(t *testing.T, _ *rig, got *discover.Result) {
				t.Helper()
				require.Equal(t, unhex(row.answer), only(t, got).Answer)
				require.Equal(t, row.want, only(t, got).Dialect)
			})
		})
	}
}

// A known address that kept silent is asked once more: the first probe may
// have woken the unit.
func TestUnitThatTheFirstProbeWakes(t *testing.T) {
	for name, hears := range map[string]func(*can.Frame) bool{"any frame": anything, "full frames": full, "short frames": notFull} {
		t.Run(name, func(t *testing.T) {
			awake := false
			u := unit{address: "754/75C", latency: 5 * ms, hears: func(f *can.Frame) bool {
				was := awake
				awake = awake || f.ID == 0x754
				return was && hears(f)
			}}
			alone(t, discover.Options{Known: known("754/75C")}, u, func(t *testing.T, _ *rig, got *discover.Result) {
				t.Helper()
				one := only(t, got)
				require.Equal(t, name != "short frames", one.Padded == discover.Answered)
				require.Equal(t, name != "full frames", one.Short == discover.Answered)
			})
		})
	}
}

// A 78 is an answer; what it announces is waited for, so that the unit is
// asked nothing meanwhile.
func TestUnitThatAnswers78First(t *testing.T) {
	for _, latency := range []time.Duration{90 * ms, 400 * ms, 6 * time.Second} {
		u := unit{address: "754/75C", latency: latency}
		alone(t, discover.Options{Full: true}, u, func(t *testing.T, _ *rig, got *discover.Result) {
			t.Helper()
			one := only(t, got)
			require.Equal(t, unhex("7E00"), one.Answer)
			require.Equal(t, guard.UDS, one.Dialect)
			require.InDelta(t, 40*ms, one.Timing.P2.Max, float64(ms), "the 78")
			require.NotZero(t, one.Timing.P2Star.Count)
		})
	}
}

// One unit may answer at two addresses, or with two frames.
func TestSeveralAnswersAreOneUnit(t *testing.T) {
	t.Run("two requests, one response", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, at500k)
			r.add(unit{address: "760/768", latency: 3 * ms}, unit{address: "748/768", latency: 4 * ms})
			one := only(t, r.scan(discover.Options{Full: true}))
			require.Equal(t, "760/768", one.Address.String(), "the more usual pair")
		})
	})
	t.Run("one request, two responses", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, at500k)
			r.add(unit{address: "760/768", latency: 3 * ms}, unit{address: "760/780", latency: 4 * ms})
			one := only(t, r.scan(discover.Options{Full: true}))
			require.Equal(t, "760/768", one.Address.String())
			require.Equal(t, []transport.Address{transport.MustAddress("760/780")}, one.Also)
		})
	})
	t.Run("two frames", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, at500k)
			r.add(unit{address: "760/768", latency: 3 * ms}, unit{address: "760/768", latency: 5 * ms})
			one := only(t, r.scan(discover.Options{Full: true, Known: known("760/768")}))
			require.Equal(t, "760/768", one.Address.String())
			require.Empty(t, one.Also)
		})
	})
}

// A pair that breaks the rules counts only where it is known.
func TestUnusualPair(t *testing.T) {
	u := unit{address: "746/783", latency: 20 * ms}
	alone(t, discover.Options{Full: true}, u, func(t *testing.T, _ *rig, got *discover.Result) {
		t.Helper()
		require.Empty(t, got.Units)
	})
	alone(t, discover.Options{Full: true, Known: known("746/783")}, u, func(t *testing.T, r *rig, got *discover.Result) {
		t.Helper()
		require.Equal(t, "746/783", only(t, got).Address.String())
		for _, e := range r.sentBy("tester") {
			require.NotEqual(t, uint32(0x783), e.Frame.ID, "the unit sends there")
		}
	})
}

// The unit at a known request answers elsewhere in this car.
func TestKnownRequestUsualResponse(t *testing.T) {
	u := unit{address: "746/74E", latency: 20 * ms}
	alone(t, discover.Options{Known: known("746/783")}, u, func(t *testing.T, _ *rig, got *discover.Result) {
		t.Helper()
		require.Equal(t, "746/74E", only(t, got).Address.String())
		require.False(t, only(t, got).Known)
	})
}

// At 250 kbit/s everything takes twice as long and nothing else changes.
func TestAt250k(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 250_000)
		units := thirty()
		r.add(units...)
		alike(r)
		got := r.scan(discover.Options{Full: true})
		requireUnits(t, addressesOf(units), got)
		require.InDelta(t, 75_000, got.Stats.Load, 1000)
		require.InDelta(t, 2*907*ms+530*ms, got.Stats.Scanning, float64(50*ms))
	})
}
