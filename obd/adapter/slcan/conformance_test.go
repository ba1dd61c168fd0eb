package slcan_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/hardware-sim/vslcan"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/slcan"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/can/cantest"
)

// line is that to a dongle.
var line = vserial.Options{Baud: 115_200}

func segment(t *testing.T, bitrate int) *vbus.Segment {
	t.Helper()
	s := vbus.New(vbus.Config{Bitrate: bitrate})
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// attach gives what a dongle opens: controllers on a segment.
func attach(s *vbus.Segment, classic bool) vslcan.Opener {
	return func(_ context.Context, bitrate int, listenOnly bool) (can.Bus, error) {
		o := []vbus.Option{vbus.Bitrate(bitrate)}
		if listenOnly {
			o = append(o, vbus.ListenOnly())
		}
		if classic {
			o = append(o, vbus.ClassicOnly())
		}
		return s.Attach("dongle", o...), nil
	}
}

// plug serves a dongle at a line until the test ends, and gives the other end.
func plug(t *testing.T, open vslcan.Opener, o vslcan.Options, line vserial.Options) *vserial.Host {
	t.Helper()
	d, err := vslcan.New(open, o)
	require.NoError(t, err)
	host, conn := vserial.Pipe(line)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = d.Serve(ctx, conn)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		require.NoError(t, d.Close())
	})
	return host
}

func dongle(t *testing.T, open vslcan.Opener, o vslcan.Options) *slcan.Dongle {
	t.Helper()
	d, err := slcan.New(t.Context(), plug(t, open, o, line), slcan.Options{URI: "slcan:test", UART: line.Baud})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.Close()) })
	return d
}

func openBus(t *testing.T, d *slcan.Dongle, c adapter.BusConfig) can.Bus {
	t.Helper()
	b, err := d.OpenBus(t.Context(), c)
	require.NoError(t, err)
	return b
}

func TestBusConformance(t *testing.T) {
	for name, caps := range map[string]cantest.Caps{
		"lawicel":   {Echo: true, Remote: true},
		"can232":    {Echo: true, Remote: true},
		"canable":   {Remote: true},
		"canable-2": {Remote: true, FD: true},
	} {
		caps.Bubble = func(t *testing.T, run func(t *testing.T)) { t.Helper(); synctest.Test(t, run) }
		t.Run(name, func(t *testing.T) {
			cantest.Run(t, func(t *testing.T) (a, b can.Bus) {
				t.Helper()
				s := segment(t, 500_000)
				end := func() can.Bus {
					return openBus(t, dongle(t, attach(s, !caps.FD), vslcan.Options{Name: name}), adapter.BusConfig{Bitrate: 500_000})
				}
				return end(), end()
			}, caps)
		})
	}
}
