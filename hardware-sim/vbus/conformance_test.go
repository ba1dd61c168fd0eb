package vbus_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/can/cantest"
)

func open(t *testing.T, cfg vbus.Config) *vbus.Segment {
	t.Helper()
	s := vbus.New(cfg)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func nodes(cfg vbus.Config, opts ...vbus.Option) func(t *testing.T) (a, b can.Bus) {
	return func(t *testing.T) (a, b can.Bus) {
		t.Helper()
		s := open(t, cfg)
		return s.Attach("a", opts...), s.Attach("b", opts...)
	}
}

func TestConformance(t *testing.T) {
	paced := vbus.Config{Bitrate: 500_000, DataBitrate: 2_000_000}
	virtual := cantest.Caps{Echo: true, FD: true, Remote: true, Bubble: synctest.Test}
	wall := virtual
	wall.Bubble = nil
	classic := virtual
	classic.FD = false

	t.Run("virtual time", func(t *testing.T) { cantest.Run(t, nodes(paced), virtual) })
	t.Run("wall time", func(t *testing.T) { cantest.Run(t, nodes(paced), wall) })
	t.Run("no bit timing", func(t *testing.T) { cantest.Run(t, nodes(vbus.Config{}), virtual) })
	t.Run("classic controllers", func(t *testing.T) { cantest.Run(t, nodes(paced, vbus.ClassicOnly()), classic) })
	t.Run("a recorder", func(t *testing.T) {
		cantest.Run(t, func(t *testing.T) (a, b can.Bus) {
			t.Helper()
			a, b = nodes(paced)(t)
			return cantest.Record(a), cantest.Record(b)
		}, virtual)
	})
}
