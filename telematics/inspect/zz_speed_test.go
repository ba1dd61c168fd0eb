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
	"github.com/untether-obd/untether/obd/adapter/serialport"
	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/telematics/inspect"
)

func TestZZSpeed(t *testing.T) {
	for _, info := range car.List() {
		for _, dongle := range []string{"elm-1.4b", "elm-2.2", "stn1110"} {
			t.Run(info.ID+"/"+dongle, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c, err := car.Start(load(t, info.ID), car.Options{Seed: 1})
					require.NoError(t, err)
					open := func(_ context.Context, bitrate int, listenOnly bool) (can.Bus, error) {
						return c.Connect(bitrate, listenOnly)
					}
					chip, err := velm.New(dongle, open, velm.Options{Seed: 1, Supply: c.Voltage})
					require.NoError(t, err)
					line := chip.Line()
					line.Lost = func(err error) error { return &serialport.LostError{Port: dongle, Err: err} }
					host, device := vserial.Pipe(line)
					serving, unplug := context.WithCancel(context.Background())
					served := make(chan struct{})
					go func() {
						defer close(served)
						_ = chip.Serve(serving, device)
					}()
					began := time.Now()
					d, err := elm327.New(t.Context(), host, elm327.Options{URI: "elm327:" + dongle})
					require.NoError(t, err)
					opened := time.Since(began)
					up, err := bringup.Through(t.Context(), d, bringup.Options{})
					require.NoError(t, err)
					upped := time.Since(began)
					before := chip.Ledger()
					began = time.Now()
					_, err = inspect.Car(t.Context(), up, d.Info(), options(t))
					require.NoError(t, err)
					took := time.Since(began)
					l := chip.Ledger()
					baud := 38400
					if dongle == "stn1110" {
						baud = host.Baud()
					}
					bytes := l.Received + l.Sent - before.Received - before.Sent
					t.Logf("open %v up %v inspect %v; baud %d bytes %d = %v; commands %d requests %d headers %d silences %d = %v working %v stops %d", opened, upped, took, host.Baud(), bytes, time.Duration(bytes)*10*time.Second/time.Duration(baud),
						l.Commands-before.Commands, l.Requests-before.Requests, l.Headers-before.Headers, l.Silences-before.Silences, l.Silence-before.Silence, l.Working-before.Working, l.Stops-before.Stops)
					for n := range l.Named {
						l.Named[n] -= before.Named[n]
						if l.Named[n] == 0 {
							delete(l.Named, n)
						}
					}
					t.Logf("%v %v", l.Named, l.Violations)
					_ = up.Link.Close()
					_ = d.Close()
					unplug()
					<-served
					require.NoError(t, c.Close())
				})
			})
		}
	}
}
