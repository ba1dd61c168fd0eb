package vslcan_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/hardware-sim/vslcan"
	"github.com/untether-obd/untether/obd/can"
)

// attach gives what a dongle opens: controllers on a segment.
func attach(s *vbus.Segment) vslcan.Opener {
	return func(_ context.Context, bitrate int, listenOnly bool) (can.Bus, error) {
		o := []vbus.Option{vbus.Bitrate(bitrate)}
		if listenOnly {
			o = append(o, vbus.ListenOnly())
		}
		return s.Attach("dongle", o...), nil
	}
}

// client is whoever uses a dongle, in the test's hands.
type client struct {
	*vserial.Host
	ended chan error // gives what Serve did
}

// visit serves a client until the test ends.
func visit(t *testing.T, d *vslcan.Dongle, o vserial.Options) *client {
	t.Helper()
	host, conn := vserial.Pipe(o)
	c := &client{Host: host, ended: make(chan error, 1)}
	go func() { c.ended <- d.Serve(context.Background(), conn) }()
	t.Cleanup(func() {
		require.NoError(t, host.Close())
		synctest.Wait()
	})
	return c
}

// say sends and gives all that comes until nothing does for a second.
func (c *client) say(t *testing.T, text string) (heard string) {
	t.Helper()
	if err := c.Write(t.Context(), []byte(text)); err != nil {
		return err.Error()
	}
	p := make([]byte, 256)
	for {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		n, err := c.Read(ctx, p)
		cancel()
		heard += string(p[:n])
		if err != nil {
			return heard
		}
	}
}

// bench is a dongle on a segment where there is somebody else.
func bench(t *testing.T, o vslcan.Options) (*vslcan.Dongle, *vbus.Segment, *vbus.Node) {
	t.Helper()
	s := vbus.New(vbus.Config{Bitrate: 500_000})
	d, err := vslcan.New(attach(s), o)
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, d.Close())
		require.NoError(t, s.Close())
	})
	return d, s, s.Attach("unit")
}
