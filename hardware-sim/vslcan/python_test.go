package vslcan_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/hardware-sim/vslcan"
	"github.com/untether-obd/untether/obd/can"
)

func bmw(t *testing.T) *car.Car {
	t.Helper()
	scenario, err := car.Load("bmw-5-2017")
	require.NoError(t, err)
	c, err := car.Start(scenario, car.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

func opener(c *car.Car) vslcan.Opener {
	return func(_ context.Context, bitrate int, listenOnly bool) (can.Bus, error) {
		return c.Connect(bitrate, listenOnly)
	}
}

// listen serves a dongle over TCP until the test ends, and gives where.
func listen(t *testing.T, open vslcan.Opener, o vslcan.Options) string {
	t.Helper()
	d, err := vslcan.New(open, o)
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- vserial.Serve(ctx, l, vserial.Waits, d.Line(), func(ctx context.Context, c vserial.Conn) {
			if err := d.Serve(ctx, c); err != nil {
				t.Errorf("serve: %v", err)
			}
		})
	}()
	t.Cleanup(func() {
		cancel()
		require.ErrorIs(t, <-ended, context.Canceled)
		require.NoError(t, d.Close())
	})
	return l.Addr().String()
}

// TestPythonCANReadsAnICCID lets python-can's own SLCAN ask a simulated car,
// twice: one client after another.
func TestPythonCANReadsAnICCID(t *testing.T) {
	python := pythonWithCAN(t)
	address := listen(t, opener(bmw(t)), vslcan.Options{})
	for range 2 {
		var problems bytes.Buffer
		script := exec.CommandContext(t.Context(), python, "testdata/iccid.py", "socket://"+address)
		script.Stderr = &problems
		out, err := script.Output()
		require.NoError(t, err, problems.String())
		require.Empty(t, problems.String(), "python-can complains of nothing")
		require.Equal(t, fmt.Sprintf("10 13 A123\n62D05A%X00\n", "89490000419273506187"), string(out))
	}
}

// pythonWithCAN is the Python that has python-can and pyserial: Debian's
// packages are for Debian's, which need not be the first one. Where there is
// none the test is skipped.
func pythonWithCAN(t *testing.T) string {
	t.Helper()
	for _, python := range []string{"/usr/bin/python3", "python3"} {
		if exec.CommandContext(t.Context(), python, "-c", "import serial, can.interfaces.slcan").Run() == nil {
			return python
		}
	}
	const missing = "apt-get install python3-can python3-serial"
	require.NotEqual(t, "1", os.Getenv("UNTETHER_REQUIRE_TOOLS"), "python-can must be there: %s", missing)
	t.Skipf("no python-can on this machine: %s", missing)
	return ""
}
