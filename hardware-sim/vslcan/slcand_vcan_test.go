//go:build vcan

package vslcan_test

import (
	"bytes"
	"context"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/hardware-sim/vslcan"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/socketcan"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/can/cantest"
)

// limit is for what comes at once, in a machine that may be slow.
const limit = 30 * time.Second

// plugged serves a dongle behind a pseudo-terminal until the test ends, and
// gives the terminal's name.
func plugged(t *testing.T, s *vbus.Segment) string {
	t.Helper()
	d, err := vslcan.New(attach(s), vslcan.Options{Name: "can232"})
	require.NoError(t, err)
	line, err := vserial.PTY("", d.Line())
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Serve(ctx, line) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
		require.NoError(t, d.Close())
	})
	return line.Name()
}

// slcand gives a terminal to the kernel's line discipline and its interface a
// name; at the test's end it takes it back.
func slcand(t *testing.T, terminal, name string) {
	t.Helper()
	var said bytes.Buffer
	daemon := exec.Command("slcand", "-o", "-c", "-s6", "-S", "57600", "-F", terminal, name)
	daemon.Stdout, daemon.Stderr = &said, &said
	require.NoError(t, daemon.Start())
	ended := make(chan error, 1)
	go func() { ended <- daemon.Wait() }()
	t.Cleanup(func() {
		_ = daemon.Process.Signal(syscall.SIGTERM)
		require.NoError(t, <-ended, "slcand: %s", said.String())
	})
	for began := time.Now(); exec.CommandContext(t.Context(), "ip", "link", "set", name, "up").Run() != nil; {
		select {
		case err := <-ended:
			ended <- err
			require.NoError(t, err, "slcand: %s", said.String())
			require.Fail(t, "slcand ended", said.String())
		case <-time.After(20 * time.Millisecond):
		}
		require.Less(t, time.Since(began), limit, "no interface")
	}
}

// TestVCANSlcand has the kernel drive a dongle: what it sends and receives at
// its interface is what the segment carries.
func TestVCANSlcand(t *testing.T) {
	const name = "slcan7"
	s := vbus.New(vbus.Config{Bitrate: 500_000})
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	slcand(t, plugged(t, s), name)
	cantest.Run(t, func(t *testing.T) (a, b can.Bus) {
		t.Helper()
		return socket(t, name), node(t, s)
	}, cantest.Caps{Echo: true, Remote: true})
}

// socket is a use of the interface.
func socket(t *testing.T, name string) can.Bus {
	t.Helper()
	ad, err := adapter.Registry{"socketcan": socketcan.Open}.Open(t.Context(), "socketcan:"+name)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, ad.Close()) })
	b, err := ad.(adapter.Controller).OpenBus(t.Context(), adapter.BusConfig{Bitrate: 500_000})
	require.NoError(t, err)
	return b
}

func node(t *testing.T, s *vbus.Segment) can.Bus {
	t.Helper()
	n := s.Attach(strings.ReplaceAll(t.Name(), " ", "-"))
	t.Cleanup(func() { require.NoError(t, n.Close()) })
	return n
}
