package doctor

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/hardware-sim/vslcan"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/elm327"
	"github.com/untether-obd/untether/obd/adapter/serialport"
	"github.com/untether-obd/untether/obd/adapter/slcan"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics/message"
)

func options(t *testing.T) Options {
	t.Helper()
	set, err := profiles.Embedded()
	require.NoError(t, err)
	return Options{Profiles: set, Printer: message.For(message.English)}
}

// patient is a simulated dongle in a simulated car.
type patient struct {
	scenario, dongle, fault string
	prepare                 func(c *car.Car) // what the car is like; nil: as usual
	alone                   bool             // nobody is on the bus
}

// treat runs f in virtual time, with the car and our driver of the dongle.
func (p patient) treat(t *testing.T, f func(t *testing.T, c *car.Car, d *elm327.Dongle)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := start(t, p.scenario)
		defer func() {
			require.NoError(t, c.Close())
			require.Empty(t, c.Violations())
		}()
		if p.prepare != nil {
			p.prepare(c)
		}
		open := opener(c)
		if p.alone {
			empty := vbus.New(vbus.Config{Bitrate: 500_000})
			defer empty.Close()
			open = func(context.Context, int, bool) (can.Bus, error) { return empty.Attach("dongle"), nil }
		}
		v, err := velm.New(p.dongle, open, velm.Options{Fault: p.fault, Seed: 1, Supply: c.Voltage})
		require.NoError(t, err)
		host, device := vserial.Pipe(line(v, p.dongle))
		defer serve(func(ctx context.Context) { _ = v.Serve(ctx, device) })()
		d, err := elm327.New(t.Context(), host, elm327.Options{URI: "elm327:" + p.dongle})
		if err != nil {
			require.NotEmpty(t, p.fault, "%v", err)
			_ = host.Close()
			return
		}
		defer d.Close()
		f(t, c, d)
	})
}

// line is that of a dongle, with what our serial ports say of it.
func line(v *velm.Dongle, name string) vserial.Options {
	o := v.Line()
	o.Lost = func(err error) error { return &serialport.LostError{Port: name, Err: err} }
	if v.Bridged() {
		o.NoBaud = serialport.ErrNoBaud
	}
	return o
}

func start(t *testing.T, scenario string) *car.Car {
	t.Helper()
	s, err := car.Load(scenario)
	require.NoError(t, err)
	c, err := car.Start(s, car.Options{Seed: 1})
	require.NoError(t, err)
	return c
}

func opener(c *car.Car) func(context.Context, int, bool) (can.Bus, error) {
	return func(_ context.Context, bitrate int, listenOnly bool) (can.Bus, error) {
		return c.Connect(bitrate, listenOnly)
	}
}

// serve runs f until the function that it gives is called.
func serve(f func(ctx context.Context)) (end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f(ctx)
	}()
	return func() {
		cancel()
		<-ended
	}
}

// overSLCAN examines an SLCAN dongle in a car, in virtual time.
func overSLCAN(t *testing.T, name string) (report *Report) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := start(t, "bmw-5-2017")
		v, err := vslcan.New(opener(c), vslcan.Options{Name: name})
		require.NoError(t, err)
		host, device := vserial.Pipe(vserial.Options{Baud: 3_000_000})
		pull := serve(func(ctx context.Context) { _ = v.Serve(ctx, device) })
		d, err := slcan.New(t.Context(), host, slcan.Options{URI: "slcan:" + name})
		require.NoError(t, err)
		report, err = Examine(t.Context(), d, options(t))
		require.NoError(t, err)
		require.NoError(t, d.Close())
		pull()
		require.NoError(t, v.Close())
		require.NoError(t, c.Close())
	})
	return report
}

// socket is a car's socket with a controller in it that is no dongle.
type socket struct{ seg *vbus.Segment }

func (s *socket) Info() adapter.Info {
	return adapter.Info{URI: "socketcan:can0", Kind: adapter.KindCAN}
}

func (s *socket) Close() error { return s.seg.Close() }

func (s *socket) OpenBus(_ context.Context, c adapter.BusConfig) (can.Bus, error) {
	o := []vbus.Option{vbus.Bitrate(c.Bitrate), vbus.ClassicOnly()}
	if c.ListenOnly {
		o = append(o, vbus.ListenOnly())
	}
	return s.seg.Attach("tester", o...), nil
}
