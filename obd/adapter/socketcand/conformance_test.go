package socketcand_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/remote/remotetest"
	"github.com/untether-obd/untether/obd/adapter/socketcand"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/can/cantest"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/transport/transporttest"
)

// attach gives what a Server opens: controllers on a segment.
func attach(s *vbus.Segment) func(context.Context, adapter.BusConfig) (can.Bus, error) {
	return func(context.Context, adapter.BusConfig) (can.Bus, error) { return s.Attach("tester"), nil }
}

func connect(c *car.Car) func(context.Context, adapter.BusConfig) (can.Bus, error) {
	return func(_ context.Context, cfg adapter.BusConfig) (can.Bus, error) {
		return c.Connect(cfg.Bitrate, cfg.ListenOnly)
	}
}

// start serves at a free port until the test ends, and gives the URI for
// clients.
func start(t *testing.T, s *socketcand.Server) string {
	t.Helper()
	l, err := socketcand.Listen(t.Context(), remotetest.URI(t, "socketcand:localhost:0"))
	require.NoError(t, err)
	remotetest.Serve(t, l, s.Serve)
	return l.URI()
}

func join(t *testing.T, uri string) adapter.Controller {
	t.Helper()
	return remotetest.MustOpen(t, socketcand.Open, uri)
}

func openBus(t *testing.T, c adapter.Controller, listenOnly bool) can.Bus {
	t.Helper()
	b, err := c.OpenBus(t.Context(), adapter.BusConfig{Bitrate: 500_000, ListenOnly: listenOnly})
	require.NoError(t, err)
	return b
}

func segment(t *testing.T) *vbus.Segment {
	t.Helper()
	s := vbus.New(vbus.Config{Bitrate: 500_000})
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// TestBusConformance has two clients, each of a server of its own, that lead
// to the same segment.
func TestBusConformance(t *testing.T) {
	cantest.Run(t, func(t *testing.T) (a, b can.Bus) {
		t.Helper()
		s := segment(t)
		end := func() can.Bus { return openBus(t, join(t, start(t, &socketcand.Server{Open: attach(s)})), false) }
		return end(), end()
	}, cantest.Caps{})
}

func TestLinkConformance(t *testing.T) {
	transporttest.Run(t, func(t *testing.T) transporttest.Setup {
		t.Helper()
		s := segment(t)
		return transporttest.Setup{
			Link: isotp.NewLink(openBus(t, join(t, start(t, &socketcand.Server{Open: attach(s)})), false)),
			Serve: func(t *testing.T, unit, functional transport.Address, handler func([]byte) [][]byte) {
				t.Helper()
				serve(t, s, unit, functional, handler)
			},
		}
	}, transporttest.Caps{
		Functional: true, Extended: true, MaxRequest: 4095, MaxResponse: 4095,
		Bubble: func(t *testing.T, f func(t *testing.T)) { t.Helper(); f(t) },
	})
}

// serve is a unit: what is asked on either address is answered on its own.
func serve(t *testing.T, s *vbus.Segment, unit, functional transport.Address, handler func([]byte) [][]byte) {
	t.Helper()
	link := isotp.NewLink(s.Attach(unit.String()))
	t.Cleanup(func() { require.NoError(t, link.Close()) })
	own, err := link.Dial(t.Context(), unit.Reversed(), transport.Params{})
	require.NoError(t, err)
	go answer(own, own, handler)
	if functional.IsZero() {
		return
	}
	to := transport.Address{TX: unit.RX, RX: functional.TX, RXLast: functional.TX}
	group, err := link.Dial(t.Context(), to, transport.Params{})
	require.NoError(t, err)
	go answer(group, own, handler)
}

// answer ends when its link is closed.
func answer(from, to transport.Conn, handler func([]byte) [][]byte) {
	for {
		m, err := from.Recv(context.Background(), time.Hour)
		if err != nil {
			return
		}
		for _, reply := range handler(m.Data) {
			if to.Send(context.Background(), reply, transport.Want{}) != nil {
				return
			}
		}
	}
}
