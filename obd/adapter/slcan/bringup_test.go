package slcan_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/vslcan"
	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/obd/can"
)

// talk sends a frame every 10 ms until the test ends.
func talk(t *testing.T, b can.Bus, f can.Frame) {
	t.Helper()
	over := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for b.Send(t.Context(), f) == nil {
			select {
			case <-time.After(10 * time.Millisecond):
			case <-over:
				return
			}
		}
	}()
	t.Cleanup(func() {
		close(over)
		<-done
	})
}

// TestUpOverADongle joins a car whose units talk: nothing is sent before.
func TestUpOverADongle(t *testing.T) {
	for _, name := range vslcan.Names() {
		for _, rate := range bringup.Bitrates {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					sent := 0
					s := vbus.New(vbus.Config{Bitrate: rate, Log: func(e vbus.Event) {
						if e.From == "dongle" {
							sent++
						}
					}})
					t.Cleanup(func() { require.NoError(t, s.Close()) })
					s.Attach("listener")
					talk(t, s.Attach("unit"), can.NewFrame(0x123, 1, 2, 3))
					car, err := bringup.Up(t.Context(), dongle(t, attach(s, true), vslcan.Options{Name: name}))
					require.NoError(t, err)
					require.Equal(t, rate, car.Bitrate)
					require.False(t, car.Quiet)
					require.Zero(t, sent)
					require.NoError(t, car.Link.Close())
				})
			})
		}
	}
}

// TestUpAtAnotherRate: errors are heard where frames are not, and nothing is
// sent. CANable tells of none, so it cannot know.
func TestUpAtAnotherRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := segment(t, 125_000)
		s.Attach("listener")
		talk(t, s.Attach("unit"), can.NewFrame(0x123, 1, 2, 3))
		_, err := bringup.Up(t.Context(), dongle(t, attach(s, true), vslcan.Options{}))
		var bad *bringup.BusErrorsError
		require.ErrorAs(t, err, &bad)
	})
}

// TestUpBehindAGateway: an acknowledge is all there is to find.
func TestUpBehindAGateway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := segment(t, 250_000)
		s.Attach("gateway")
		car, err := bringup.Up(t.Context(), dongle(t, attach(s, true), vslcan.Options{}))
		require.NoError(t, err)
		require.Equal(t, 250_000, car.Bitrate)
		require.True(t, car.Quiet)
		require.False(t, car.Woken)
		require.NoError(t, car.Link.Close())
	})
}

func TestUpWakesACar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := segment(t, 500_000)
		var unit *vbus.Node
		unit = s.Attach("unit", vbus.OnWake(func() { time.AfterFunc(300*time.Millisecond, unit.Wake) }))
		unit.Sleep()
		car, err := bringup.Up(t.Context(), dongle(t, attach(s, true), vslcan.Options{}))
		require.NoError(t, err)
		require.Equal(t, 500_000, car.Bitrate)
		require.True(t, car.Woken)
		require.NoError(t, car.Link.Close())
	})
}

func TestUpWithNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		_, err := bringup.Up(t.Context(), dongle(t, attach(segment(t, 500_000), true), vslcan.Options{}))
		var none *bringup.NoCarError
		require.ErrorAs(t, err, &none)
		require.Equal(t, bringup.Bitrates, none.Bitrates)
		require.Less(t, time.Since(began), 6*time.Second)
	})
}

// TestUpDeaf: a dongle that may disturb when it listens is not made to.
func TestUpDeaf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := segment(t, 500_000)
		s.Attach("gateway")
		car, err := bringup.Up(t.Context(), dongle(t, attach(s, true), vslcan.Options{Fault: "no-listen"}))
		require.NoError(t, err)
		require.True(t, car.Deaf)
		require.NoError(t, car.Link.Close())
	})
}
