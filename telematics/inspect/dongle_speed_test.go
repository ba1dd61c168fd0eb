package inspect_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/obd/adapter/elm327"
	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/telematics/inspect"
)

// plugged is a dongle in a car's socket.
type plugged struct {
	car  *car.Car
	chip *velm.Dongle
	line *trace
	pull func()
}

func plugIn(t *testing.T, s *car.Scenario, dongle string) *plugged {
	t.Helper()
	c, err := car.Start(s, car.Options{Seed: 1})
	require.NoError(t, err)
	open := func(_ context.Context, bitrate int, listenOnly bool) (can.Bus, error) {
		return c.Connect(bitrate, listenOnly)
	}
	chip, err := velm.New(dongle, open, velm.Options{Seed: 1, Supply: c.Voltage})
	require.NoError(t, err)
	host, device := vserial.Pipe(chip.Line())
	serving, unplug := context.WithCancel(context.Background())
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = chip.Serve(serving, device)
	}()
	return &plugged{car: c, chip: chip, line: &trace{Port: host}, pull: func() {
		_ = host.Close()
		unplug()
		<-served
		require.NoError(t, c.Close())
	}}
}

func TestTrace(t *testing.T) {
	for _, dongle := range []string{"stn1110", "elm-1.4b"} {
		synctest.Test(t, func(t *testing.T) {
			p := plugIn(t, load(t, "bmw-5-2017"), dongle)
			began := time.Now()
			d, err := elm327.New(t.Context(), p.line, elm327.Options{Baud: p.chip.Line().Baud})
			require.NoError(t, err)
			opened := time.Now()
			up, err := bringup.Through(t.Context(), d, bringup.Options{})
			require.NoError(t, err)
			ready := time.Now()
			first := len(p.line.done)
			_, err = inspect.Car(t.Context(), up, d.Info(), options(t))
			require.NoError(t, err)
			t.Log(dongle, "opened", opened.Sub(began), "ready", ready.Sub(opened), "inspected", time.Since(ready), "commands", len(p.line.done), "of opening", first)
			_ = up.Link.Close()
			_ = d.Close()
			p.pull()
			for _, c := range p.line.done {
				t.Log(c.String())
			}
		})
	}
}
