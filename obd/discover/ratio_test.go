package discover_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/discover"
	"github.com/untether-obd/untether/obd/exchange"
)

// TestRatioScan: a full scan of thirty units beside 30 % of other traffic, half
// of it in the form of answers, finds every unit and nobody else, and takes at
// most 1.2 times what its bits, one P2 a phase and one confirmation a hit take.
// With all of the free bus it takes at most 1.5 s.
func TestRatioScan(t *testing.T) {
	for _, share := range []float64{0.5, 1} {
		t.Run(fmt.Sprintf("share %v", share), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, at500k)
				units := thirty()
				r.add(units...)
				alike(r)
				got := r.scan(discover.Options{Full: true, Share: share})
				requireUnits(t, addressesOf(units), got)
				require.Empty(t, got.Distress)

				least := bound(r, share, units)
				took := got.Stats.Scanning
				ratio := took.Seconds() / least.Seconds()
				t.Logf("ratio: %d units in %v at share %v, bound %v: %.3f x (limit 1.2)", len(units), took, share, least, ratio)
				require.LessOrEqual(t, ratio, 1.2)
				if share == 1 {
					require.LessOrEqual(t, took, 1500*time.Millisecond)
				}
			})
		})
	}
}

// bound is computed from the wire: the bits that tester and units sent until
// the last probe of the plan, the load that the segment was given, one P2, and
// for each unit the frames and the latency of one more exchange.
func bound(r *rig, share float64, units []unit) time.Duration {
	r.Helper()
	const load = 0.3
	free := (1 - load) * float64(r.bitrate)
	sent := r.sentBy("tester")
	plan, again := sent[:len(sent)-len(units)], sent[len(sent)-len(units):]
	least := exchange.DefaultP2 + wire(r, again)
	for _, u := range units {
		answers := r.sentBy(u.address)
		require.Len(r, answers, 2)
		plan = append(slices.Clip(plan), answers[0])
		least += u.latency + wire(r, answers[1:])
	}
	return least + time.Duration(wire(r, plan).Seconds()*float64(r.bitrate)/(share*free)*float64(time.Second))
}

// wire is how long frames take on a wire of their own.
func wire(r *rig, frames []vbus.Event) (d time.Duration) {
	for _, e := range frames {
		d += can.FrameBits(&e.Frame).Duration(r.bitrate, 0)
	}
	return d
}
