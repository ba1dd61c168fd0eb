package elm327_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/elm327"
	"github.com/untether-obd/untether/obd/adapter/serialport"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// bench is a simulated dongle and the driver in front of it.
type bench struct {
	t      *testing.T
	velm   *velm.Dongle
	dongle *elm327.Dongle
	host   *vserial.Host
	pull   func() // takes the dongle away
}

// plug opens a driver over a simulated dongle; it is closed, and the dongle's
// ledger looked at, by unplug.
func plug(t *testing.T, name string, open velm.Open, o velm.Options) *bench {
	t.Helper()
	b := attach(t, name, open, o)
	d, err := elm327.New(t.Context(), b.host, elm327.Options{URI: "elm327:" + name})
	require.NoError(t, err)
	b.dongle = d
	return b
}

// attach serves a simulated dongle at the end of a line.
func attach(t *testing.T, name string, open velm.Open, o velm.Options) *bench {
	t.Helper()
	v, err := velm.New(name, open, o)
	require.NoError(t, err)
	line := v.Line()
	line.Lost = func(err error) error { return &serialport.LostError{Port: name, Err: err} }
	if v.Bridged() {
		line.NoBaud = serialport.ErrNoBaud
	}
	host, device := vserial.Pipe(line)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = v.Serve(ctx, device)
	}()
	return &bench{t: t, velm: v, host: host, pull: func() {
		cancel()
		<-served
	}}
}

func (b *bench) join() adapter.CarriedLink {
	b.t.Helper()
	l, err := b.dongle.Join(b.t.Context(), 500_000)
	require.NoError(b.t, err)
	return l
}

func (b *bench) unplug() {
	b.t.Helper()
	require.NoError(b.t, b.dongle.Close())
	b.pull()
	require.Empty(b.t, b.velm.Ledger().Violations)
}

// inCar runs a test in virtual time with a dongle in a simulated car.
func inCar(t *testing.T, scenario, dongle, fault string, run func(t *testing.T, b *bench, c *car.Car)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		s, err := car.Load(scenario)
		require.NoError(t, err)
		c, err := car.Start(s, car.Options{Seed: 1})
		require.NoError(t, err)
		open := func(_ context.Context, bitrate int, listenOnly bool) (can.Bus, error) {
			return c.Connect(bitrate, listenOnly)
		}
		b := plug(t, dongle, open, velm.Options{Fault: fault, Seed: 1, Supply: c.Voltage})
		run(t, b, c)
		require.NoError(t, b.dongle.Close())
		b.pull()
		require.NoError(t, c.Close())
		require.Empty(t, c.Violations())
	})
}

// faulty is inCar with a dongle that may already fail when it is opened.
func faulty(t *testing.T, scenario, dongle, fault string, run func(t *testing.T, b *bench, c *car.Car)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		s, err := car.Load(scenario)
		require.NoError(t, err)
		c, err := car.Start(s, car.Options{Seed: 1})
		require.NoError(t, err)
		open := func(_ context.Context, bitrate int, listenOnly bool) (can.Bus, error) {
			return c.Connect(bitrate, listenOnly)
		}
		b := attach(t, dongle, open, velm.Options{Fault: fault, Seed: 1, Supply: c.Voltage})
		b.dongle, err = elm327.New(t.Context(), b.host, elm327.Options{URI: "elm327:" + dongle})
		if err == nil {
			run(t, b, c)
			require.NoError(t, b.dongle.Close())
		} else {
			t.Logf("open: %v", err)
			require.NoError(t, b.host.Close())
		}
		b.pull()
		require.NoError(t, c.Close()) // where a 78 was lost, the next request is a violation that nobody could know of
	})
}

// onBus runs a test in virtual time with a dongle on a segment without a car.
// The driver must have kept to all rules.
func onBus(t *testing.T, dongle string, run func(t *testing.T, b *bench, s *vbus.Segment)) {
	t.Helper()
	synctestBus(t, dongle, func(t *testing.T, b *bench, s *vbus.Segment) {
		t.Helper()
		s.Attach("gateway") // acknowledges
		run(t, b, s)
		require.Empty(t, b.velm.Ledger().Violations)
	})
}

// synctestBus is onBus where the driver breaks off what is under way.
func synctestBus(t *testing.T, dongle string, run func(t *testing.T, b *bench, s *vbus.Segment)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		s := vbus.New(vbus.Config{Bitrate: 500_000})
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		b := plug(t, dongle, attached(s), velm.Options{Seed: 1})
		t.Cleanup(b.pull)
		run(t, b, s)
		require.NoError(t, b.dongle.Close())
	})
}

func attached(s *vbus.Segment) velm.Open {
	return func(_ context.Context, bitrate int, listenOnly bool) (can.Bus, error) {
		o := []vbus.Option{vbus.Bitrate(bitrate)}
		if listenOnly {
			o = append(o, vbus.ListenOnly())
		}
		return s.Attach("dongle", o...), nil
	}
}

func dial(t *testing.T, l transport.Link, a string) transport.Conn {
	t.Helper()
	c, err := l.Dial(t.Context(), transport.MustAddress(a), transport.Params{})
	require.NoError(t, err)
	return c
}

func ask(t *testing.T, c transport.Conn, request ...byte) transport.Message {
	t.Helper()
	require.NoError(t, c.Send(t.Context(), request, transport.Want{Answers: 1, Within: 250 * time.Millisecond}))
	m, err := c.Recv(t.Context(), 250*time.Millisecond)
	require.NoError(t, err)
	return m
}
