package inspect_test

import (
	"bytes"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/hardware-sim/fault"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/replay"
	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/obd/canlog"
	"github.com/untether-obd/untether/telematics"
	"github.com/untether-obd/untether/telematics/inspect"
)

// notReplayed are faults that a recording shows otherwise, and why. What is
// read is right all the same.
var notReplayed = map[string]string{
	"babbling-node":    "how full the bus was is measured before anything is asked",
	"car-drives-off":   "the speed is not looked at again while a recording answers",
	"supply-collapses": "nor is the supply",
	"supply-sags":      "nor is the supply",
	"car-falls-asleep": "a request that nobody acknowledged is in no recording",
	"ignition-off":     "a unit that is lost is not looked for in a recording",
	"socket-pulled":    "a request that nobody acknowledged is in no recording",
}

// TestFaultsReplayed: whatever went wrong on the way goes wrong again.
func TestFaultsReplayed(t *testing.T) {
	replayed := 0
	for _, f := range fault.List() {
		t.Run(f.Name, func(t *testing.T) {
			s := load(t, "land-rover-discovery-2016")
			live, log := recordFault(t, s, f)
			if live == nil {
				t.Skip("this cannot happen to the car, or nobody was reached")
			}
			path := keep(t, log)
			synctest.Test(t, func(t *testing.T) { // reading a regular file stops no virtual time
				got := again(t, "replay:"+path)
				if why := notReplayed[f.Name]; why != "" {
					require.Subset(t, live.Identifiers, got.Identifiers, why)
					require.Subset(t, live.Signals, got.Signals, why)
					return
				}
				requireSame(t, uncounted(live), uncounted(got))
				replayed++
			})
		})
	}
	require.GreaterOrEqual(t, replayed, 40)
}

// recordFault gives nil if there is nothing to replay.
func recordFault(t *testing.T, s *car.Scenario, f fault.Fault) (i *telematics.Inspection, log string) {
	t.Helper()
	var out bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		c, err := car.Start(s, car.Options{Seed: 1, Fault: &f})
		if err != nil {
			return
		}
		at := tapped{socket{c, s.ID}, canlog.Log.NewWriter(&out, replay.Recorder, nil)}
		if up, err := bringup.Up(t.Context(), at); err == nil {
			if i, err = inspect.Car(t.Context(), up, at.Info(), options(t)); err != nil {
				i = nil
			}
			time.Sleep(time.Second)
			require.NoError(t, up.Link.Close())
		}
		require.NoError(t, c.Close())
		require.NoError(t, at.out.Flush())
	})
	return i, out.String()
}

// uncounted leaves out how many frames were ignored: which of those that
// nobody waited for a link was given depends on when it was dialled.
func uncounted(i *telematics.Inspection) *telematics.Inspection {
	c := *i
	c.Findings = slices.Clone(i.Findings)
	for k := range c.Findings {
		if c.Findings[k].ID == telematics.FramesIgnored {
			c.Findings[k].Summary = ""
		}
	}
	c.Adapter = adapter.Info{}
	return &c
}
