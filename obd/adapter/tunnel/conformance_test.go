package tunnel_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/remote/remotetest"
	"github.com/untether-obd/untether/obd/adapter/tunnel"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/can/cantest"
)

const bitrate = 500_000

// attach gives what a Server opens: controllers on a segment.
func attach(s *vbus.Segment, options ...vbus.Option) func(context.Context, adapter.BusConfig) (can.Bus, error) {
	return func(_ context.Context, c adapter.BusConfig) (can.Bus, error) {
		o := append([]vbus.Option{vbus.Bitrate(c.Bitrate)}, options...)
		if c.ListenOnly {
			o = append(o, vbus.ListenOnly())
		}
		return s.Attach("tester", o...), nil
	}
}

// start serves at a URI until the test ends, and gives the URI for clients.
func start(t *testing.T, s *tunnel.Server, uri string) string {
	t.Helper()
	l, err := tunnel.Listen(t.Context(), remotetest.URI(t, uri))
	require.NoError(t, err)
	remotetest.Serve(t, l, s.Serve)
	return l.URI()
}

func socket(t *testing.T) string {
	t.Helper()
	return "unix:" + filepath.Join(t.TempDir(), "s")
}

func dial(t *testing.T, uri string) (adapter.Controller, error) {
	t.Helper()
	return remotetest.Open(t, tunnel.Open, uri)
}

func join(t *testing.T, uri string) adapter.Controller {
	t.Helper()
	return remotetest.MustOpen(t, tunnel.Open, uri)
}

func openBus(t *testing.T, c adapter.Controller, listenOnly bool) can.Bus {
	t.Helper()
	b, err := c.OpenBus(t.Context(), adapter.BusConfig{Bitrate: bitrate, ListenOnly: listenOnly})
	require.NoError(t, err)
	return b
}

func segment(t *testing.T, cfg vbus.Config) *vbus.Segment {
	t.Helper()
	s := vbus.New(cfg)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// TestConformance has two tunnels, each to a server of its own, that lead to
// the same segment.
func TestConformance(t *testing.T) {
	caps := cantest.Caps{Echo: true, FD: true, Remote: true}
	pair := func(uri func(*testing.T) string, options ...vbus.Option) func(*testing.T) (a, b can.Bus) {
		return func(t *testing.T) (a, b can.Bus) {
			t.Helper()
			s := segment(t, vbus.Config{Bitrate: bitrate, DataBitrate: 2_000_000})
			end := func() can.Bus {
				server := &tunnel.Server{Open: attach(s, options...)}
				return openBus(t, join(t, start(t, server, uri(t))), false)
			}
			return end(), end()
		}
	}
	t.Run("unix", func(t *testing.T) { cantest.Run(t, pair(socket), caps) })
	t.Run("tcp", func(t *testing.T) {
		cantest.Run(t, pair(func(*testing.T) string { return "tcp:127.0.0.1:0" }), caps)
	})
	caps.FD = false
	t.Run("classic controllers", func(t *testing.T) { cantest.Run(t, pair(socket, vbus.ClassicOnly()), caps) })
}
