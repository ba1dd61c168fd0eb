package discover_test

import (
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vecu"
	"github.com/untether-obd/untether/obd/discover"
	"github.com/untether-obd/untether/obd/transport"
)

// said are a unit's reads, hex by hex.
func said(u discover.Unit) map[string]string {
	all := map[string]string{}
	for _, r := range u.Reads {
		all[hexOf(r.Request)] = hexOf(r.Response)
	}
	return all
}

const vin = "62F1905742415858433030303041413030303031"

func TestIdentification(t *testing.T) {
	answers := map[string]string{"22F190": vin, "22F18C": "62F18C41424331323334353637"}
	for _, address := range []string{"754/75C", "6F1:61/661:F1", "18DAC6F1/18DAF1C6"} {
		u := unit{address: address, latency: 12 * ms, answers: answers}
		alone(t, discover.Options{Full: true, Identify: true}, u, func(t *testing.T, r *rig, got *discover.Result) {
			t.Helper()
			want := map[string]string{
				"22F190": vin, "22F18C": "62F18C41424331323334353637",
				"22F18A": "7F2231", "22F187": "7F2231", "22F188": "7F2231", "22F191": "7F2231", "22F197": "7F2231",
			}
			require.Empty(t, cmp.Diff(want, said(only(t, got))))
			for _, e := range r.asked {
				require.Contains(t, []string{"3E00", "22F1"}, hexOf(e.Data)[:4])
			}
		})
	}
}

// Who did not show that he speaks UDS is not asked in it.
func TestIdentificationWithoutDialect(t *testing.T) {
	u := unit{address: "740/748", handler: kwp(5 * ms)}
	alone(t, discover.Options{Full: true, Identify: true}, u, func(t *testing.T, r *rig, got *discover.Result) {
		t.Helper()
		require.Empty(t, only(t, got).Reads)
		for _, e := range r.asked {
			require.Equal(t, byte(0x3E), e.Data[0])
		}
	})
}

// A unit that takes short frames only is read with short frames.
func TestIdentificationWithoutPadding(t *testing.T) {
	u := unit{address: "754/75C", hears: notFull, answers: map[string]string{"22F18A": "62F18A4142"}}
	o := discover.Options{Known: known("754/75C"), Identify: true}
	alone(t, o, u, func(t *testing.T, _ *rig, got *discover.Result) {
		t.Helper()
		require.Equal(t, "62F18A4142", said(only(t, got))["22F18A"])
	})
}

// What a unit leaves unanswered is its own affair; the others are read.
func TestIdentificationOfAUnitThatFallsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, at500k)
		mute := vecu.HandlerFunc(func(q *vecu.Request) vecu.Reply {
			if q.Data[0] == 0x3E {
				return vecu.Reply{Data: unhex("7E00")}
			}
			return vecu.Reply{}
		})
		r.add(unit{address: "740/748", handler: mute}, unit{address: "754/75C", answers: map[string]string{"22F190": vin}})
		got := r.scan(discover.Options{Full: true, Identify: true})
		requireUnits(t, []string{"740/748", "754/75C"}, got)
		for _, read := range got.Units[0].Reads {
			require.ErrorIs(t, read.Err, os.ErrDeadlineExceeded)
			require.Empty(t, read.Response)
		}
		require.Equal(t, vin, said(got.Units[1])["22F190"])
	})
}

// At most four units are asked at a time.
func TestIdentificationIsGentle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, at500k)
		var units []unit
		for _, u := range thirty() {
			u.latency = 30 * ms
			u.handler = nil
			if !strings.HasPrefix(u.address, "24") && !strings.HasPrefix(u.address, "25") {
				units = append(units, u)
			}
		}
		r.add(units...)
		r.scan(discover.Options{Full: true, Identify: true})
		var times []time.Time
		for _, e := range r.asked {
			if e.Data[0] == 0x22 {
				times = append(times, e.Time)
			}
		}
		require.Len(t, times, 7*len(units))
		for i := range times[4:] {
			require.GreaterOrEqual(t, times[i+4].Sub(times[i]), 30*ms, "request %d", i+4)
		}
	})
}

// Timing is measured by the frames on the wire.
func TestTiming(t *testing.T) {
	handler := vecu.HandlerFunc(func(q *vecu.Request) vecu.Reply {
		reply := uds(10*ms, map[string]string{"22F190": vin, "22F187": "62F187" + strings.Repeat("30", 40)}).Serve(q)
		switch hexOf(q.Data) {
		case "22F18C":
			reply.Latency = 30 * ms
		case "22F18A":
			reply.Latency = 340 * ms // 78 after 40 ms
		}
		return reply
	})
	// The unit, not the tester, keeps the gap: it sends as slowly as it likes.
	slow := func(cfg *vecu.Config) { cfg.Params = transport.Params{Timers: transport.Timers{Cs: 5 * ms}} }
	u := unit{address: "754/75C", handler: handler, config: slow}
	alone(t, discover.Options{Full: true, Identify: true}, u, func(t *testing.T, _ *rig, got *discover.Result) {
		t.Helper()
		timing := only(t, got).Timing
		require.Equal(t, 8, timing.P2.Count, "the confirmation and seven reads")
		require.InDelta(t, 10*ms, timing.P2.Min, float64(ms))
		require.InDelta(t, 10*ms, timing.P2.Median, float64(ms))
		require.InDelta(t, 40*ms, timing.P2.Max, float64(ms))
		require.Equal(t, 1, timing.P2Star.Count)
		require.InDelta(t, 300*ms, timing.P2Star.Max, float64(ms))
		require.Equal(t, 1+5, timing.Gap.Count, "20 bytes have two consecutive frames, 43 six")
		require.InDelta(t, 5*ms, timing.Gap.Mean, float64(ms))
		require.GreaterOrEqual(t, timing.Gap.Min, 5*ms)
	})
}
