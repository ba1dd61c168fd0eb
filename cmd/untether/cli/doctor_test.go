package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/elm327"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/telematics/doctor"
	"github.com/untether-obd/untether/telematics/message"
)

// TestDoctorForAPerson over a good dongle and a clone, in both languages.
func TestDoctorForAPerson(t *testing.T) {
	for _, dongle := range []string{"stn1110", "clone-1.5"} {
		for _, l := range []message.Language{message.English, message.German} {
			t.Run(dongle+"/"+string(l), func(t *testing.T) {
				a, _ := with("")
				a.say = message.For(l)
				out := &bytes.Buffer{}
				a.streams.Out = out
				r := examined(t, a, dongle)
				r.Car.Load = 0.25 // depends on what the car happened to send
				require.NoError(t, a.printDoctor(r, outputText))
				goldenText(t, "doctor-"+dongle+"."+string(l)+".txt", out.String())
			})
		}
	}
}

// TestDoctorOfWhatHasNoDialogue leaves out what was not measured.
func TestDoctorOfWhatHasNoDialogue(t *testing.T) {
	a, _ := with("")
	out := &bytes.Buffer{}
	a.streams.Out = out
	require.NoError(t, a.printDoctor(&doctor.Report{
		Adapter: adapter.Info{URI: "socketcan:can0", Description: "CAN interface can0"},
		Grade:   doctor.Full, Car: doctor.Car{State: doctor.CarNotAsked}, Advice: []string{"None."},
	}, outputText))
	goldenText(t, "doctor-can.txt", out.String())
}

// examined is the report on a simulated dongle in a simulated car.
func examined(t *testing.T, a *app, dongle string) (r *doctor.Report) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, err := car.Load("bmw-5-2017")
		require.NoError(t, err)
		c, err := car.Start(s, car.Options{Seed: 1})
		require.NoError(t, err)
		defer c.Close()
		v, err := velm.New(dongle, func(_ context.Context, bitrate int, listenOnly bool) (can.Bus, error) {
			return c.Connect(bitrate, listenOnly)
		}, velm.Options{Seed: 1})
		require.NoError(t, err)
		host, device := vserial.Pipe(v.Line())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = v.Serve(context.Background(), device)
		}()
		defer func() { <-ended }()
		defer device.Close()
		d, err := elm327.New(t.Context(), host, elm327.Options{URI: "elm327:/dev/ttyUSB0"})
		require.NoError(t, err)
		defer d.Close()
		set, err := a.loadProfiles("")
		require.NoError(t, err)
		r, err = doctor.Examine(t.Context(), d, doctor.Options{Profiles: set, Printer: a.say})
		require.NoError(t, err)
	})
	return r
}

func goldenText(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("UNTETHER_UPDATE") == "1" {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")))
}
