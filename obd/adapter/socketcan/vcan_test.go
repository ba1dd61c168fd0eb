//go:build vcan

package socketcan_test

import (
	"context"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/socketcan"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/can/cantest"
)

// ip runs ip(8).
func ip(t *testing.T, args string) {
	t.Helper()
	out, err := exec.CommandContext(context.WithoutCancel(t.Context()), "ip", strings.Fields(args)...).CombinedOutput()
	require.NoError(t, err, "ip %s: %s", args, out)
}

// vcan makes a virtual interface for one test.
func vcan(t *testing.T, name string) string {
	t.Helper()
	ip(t, "link add dev "+name+" type vcan")
	t.Cleanup(func() {
		_ = exec.Command("ip", "link", "del", name).Run() // the test may have removed it
	})
	ip(t, "link set "+name+" mtu 72 up")
	return name
}

func open(t *testing.T, uri string) adapter.Controller {
	t.Helper()
	a, err := adapter.Registry{"socketcan": socketcan.Open}.Open(t.Context(), "socketcan:"+uri)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	return a.(adapter.Controller)
}

func join(t *testing.T, uri string) can.Bus {
	t.Helper()
	b, err := open(t, uri).OpenBus(t.Context(), adapter.BusConfig{})
	require.NoError(t, err)
	return b
}

func TestVCANConformance(t *testing.T) {
	name := vcan(t, "conf0")
	pair := func(uri string) func(t *testing.T) (a, b can.Bus) {
		return func(t *testing.T) (a, b can.Bus) {
			t.Helper()
			return join(t, uri), join(t, uri)
		}
	}
	caps := cantest.Caps{Echo: true, FD: true, Remote: true}
	t.Run("CAN FD", func(t *testing.T) { cantest.Run(t, pair(name), caps) })
	caps.FD = false
	t.Run("CAN FD left out", func(t *testing.T) { cantest.Run(t, pair(name+"?fd=0"), caps) })
	ip(t, "link set "+name+" down")
	ip(t, "link set "+name+" mtu 16 up")
	t.Run("a classic interface", func(t *testing.T) { cantest.Run(t, pair(name), caps) })
}
