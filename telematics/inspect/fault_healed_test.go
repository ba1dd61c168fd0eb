package inspect_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/hardware-sim/fault"
	"github.com/untether-obd/untether/telematics"
)

// TestHealed: what a second try or the controllers mend costs nothing but time
// and a finding. Values, units, coverage and advice are those of the car
// without the fault.
func TestHealed(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"bmw-5-2017", "land-rover-discovery-2016", "nissan-leaf-2013"} {
		if underRace && id != "nissan-leaf-2013" {
			continue
		}
		s := load(t, id)
		clean := endure(t, s, nil)
		for _, name := range []string{
			"answer-lost", "request-lost", "frame-corrupted", "error-burst", "tester-error-passive", "empty-frames", "remote-frames",
			"identifier-in-use", "another-tester", "isotp-frame-missing", "isotp-length-too-long", "isotp-pause",
			"isotp-stray-frame", "busy-at-first", "pending-long", "two-speakers", "babbling-node", "car-drives-off",
		} {
			t.Run(id+"/"+name, func(t *testing.T) {
				t.Parallel()
				f, err := fault.ByName(name)
				require.NoError(t, err)
				o := endure(t, s, &f)
				if o.impossible != nil {
					t.Log(o.impossible)
					return
				}
				require.NoError(t, o.err)
				require.Empty(t, cmp.Diff(mended(clean.result), mended(o.result)))
			})
		}
	}
}

// mended is what must not differ.
func mended(i *telematics.Inspection) telematics.Inspection {
	return telematics.Inspection{
		Vehicle: i.Vehicle, Profile: i.Profile, Units: i.Units, Identifiers: i.Identifiers, Signals: i.Signals,
		Telematics: i.Telematics, Refusals: i.Refusals, Coverage: i.Coverage, TroubleCodes: i.TroubleCodes, Advice: i.Advice,
	}
}

// TestADeadBusIsLeftSoon: nobody is asked for long when nobody is there.
func TestADeadBusIsLeftSoon(t *testing.T) {
	f, err := fault.ByName("socket-pulled")
	require.NoError(t, err)
	for _, info := range car.List() {
		s := load(t, info.ID)
		clean, o := endure(t, s, nil), endure(t, s, &f)
		require.NoError(t, o.err, "it is a result")
		require.Less(t, o.took, clean.took+5*time.Second)
	}
}

// TestTheSupplyIsWatched: the car is looked after also while a slow unit is
// asked for one value after another.
func TestTheSupplyIsWatched(t *testing.T) {
	s := load(t, "bmw-5-2017")
	for _, row := range []struct {
		rule       string
		millivolts int
		want       []telematics.FindingID
		complete   bool
	}{
		{"enough", 12_200, nil, true},
		{"low", 12_199, []telematics.FindingID{telematics.SupplyLow}, true},
		{"as low as it may be", 11_800, []telematics.FindingID{telematics.SupplyLow}, true},
		{"too low", 11_799, []telematics.FindingID{telematics.SupplyStop}, false},
	} {
		t.Run(row.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				clean, err := drive(t, s, options(t))
				require.NoError(t, err)
				i, err := driveWith(t.Context(), t, s, options(t), func(c *car.Car) {
					time.AfterFunc(3*time.Second, func() { c.Supply(row.millivolts) })
				})
				require.NoError(t, err)
				require.Equal(t, row.want, findings(i))
				require.Equal(t, row.complete, clean.Coverage == i.Coverage)
			})
		})
	}
}
