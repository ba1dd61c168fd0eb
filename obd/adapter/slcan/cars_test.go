package slcan_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/hardware-sim/vslcan"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/slcan"
	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
	"github.com/untether-obd/untether/telematics/inspect"
	"github.com/untether-obd/untether/telematics/message"
)

// socket is a car's own: what a dongle is measured by.
type socket struct{ *car.Car }

func (s socket) Info() adapter.Info { return adapter.Info{Kind: adapter.KindCAN} }

func (s socket) OpenBus(_ context.Context, c adapter.BusConfig) (can.Bus, error) {
	return s.Connect(c.Bitrate, c.ListenOnly)
}

// look inspects a car through what attach makes of it.
func look(t *testing.T, id string, attach func(t *testing.T, c *car.Car) adapter.Controller) (result *telematics.Inspection, failed error) {
	t.Helper()
	set, err := profiles.Embedded()
	require.NoError(t, err)
	scenario, err := car.Load(id)
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		c, err := car.Start(scenario, car.Options{Seed: 1})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, c.Close()) })
		began := time.Now()
		at := attach(t, c)
		up, err := bringup.Up(t.Context(), at)
		if failed = err; err == nil {
			result, failed = inspect.Car(t.Context(), up, at.Info(), inspect.Options{Profiles: set, Printer: message.For(message.English)})
			_ = up.Link.Close() // a dongle that is lost has closed it
		}
		t.Logf("%s: %v, %v", id, time.Since(began), failed)
	})
	return result, failed
}

func direct(_ *testing.T, c *car.Car) adapter.Controller { return socket{c} }

// behind has a dongle in front of the car, on USB or behind its UART.
func behind(o vslcan.Options) func(t *testing.T, c *car.Car) adapter.Controller {
	return func(t *testing.T, c *car.Car) adapter.Controller {
		t.Helper()
		open := func(_ context.Context, bitrate int, listenOnly bool) (can.Bus, error) {
			return c.Connect(bitrate, listenOnly)
		}
		d, err := slcan.New(t.Context(), plug(t, open, o, vserial.Options{}), slcan.Options{})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, d.Close()) })
		return d
	}
}

// TestEveryCarOverEveryDongle: on USB they give what the car's socket gives.
func TestEveryCarOverEveryDongle(t *testing.T) {
	for _, info := range car.List() {
		want, err := look(t, info.ID, direct)
		require.NoError(t, err)
		for _, name := range []string{"lawicel", "canable", "canable-2"} {
			t.Run(info.ID+"/"+name, func(t *testing.T) {
				got, err := look(t, info.ID, behind(vslcan.Options{Name: name}))
				require.NoError(t, err)
				require.Empty(t, cmp.Diff(want.Identifiers, got.Identifiers))
				require.Empty(t, cmp.Diff(want.Signals, got.Signals))
				require.Equal(t, want.Telematics, got.Telematics)
				if name == "lawicel" { // the others do not notice that a car slept
					require.Equal(t, want.Coverage, got.Coverage)
				}
			})
		}
	}
}

// TestACarOverFaultyDongles: no value that the car does not have, whatever
// becomes of the inspection.
func TestACarOverFaultyDongles(t *testing.T) {
	const id = "bmw-5-2017"
	want, err := look(t, id, direct)
	require.NoError(t, err)
	ends := map[string]bool{"disconnect": true, "reset": true, "half-open": true}
	for _, fault := range vslcan.Faults() {
		t.Run(fault, func(t *testing.T) {
			got, err := look(t, id, behind(vslcan.Options{Fault: fault, Seed: 1}))
			if ends[fault] {
				var lost *slcan.LostError
				require.ErrorAs(t, err, &lost)
				return
			}
			require.NoError(t, err)
			for _, value := range got.Identifiers {
				require.True(t, slices.ContainsFunc(want.Identifiers, func(w telematics.ReadIdentifier) bool {
					return w.Kind == value.Kind && w.Masked == value.Masked
				}), "%s of %s", value.Kind, value.Request) // where one was not answered another has the same value
			}
			for _, s := range got.Signals {
				require.Contains(t, want.Signals, s)
			}
		})
	}
}
