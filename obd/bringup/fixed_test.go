package bringup

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
)

// fixed is a socket whose adapter stays at one bit rate.
type fixed struct {
	*socket
	bitrate int
}

func (f fixed) OpenBus(ctx context.Context, c adapter.BusConfig) (can.Bus, error) {
	if c.Bitrate != f.bitrate {
		return nil, &adapter.FixedBitrateError{Bitrate: f.bitrate, Wanted: c.Bitrate}
	}
	return f.socket.OpenBus(ctx, c)
}

func TestAnAdapterThatStaysAtOneBitRate(t *testing.T) {
	for name, row := range map[string]struct{ rate, wire int }{
		"the first":        {500_000, 500_000},
		"the second":       {250_000, 250_000},
		"none of ours":     {125_000, 125_000},
		"not that of cars": {250_000, 500_000},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, sent := car(t, row.wire)
				s.seg.Attach("listener")
				talk(t, s.seg.Attach("unit"), can.NewFrame(0x123, 1, 2, 3))
				began := time.Now()
				c, err := Up(t.Context(), fixed{s, row.rate})
				require.Equal(t, Listen, time.Since(began), "listens once")
				require.Zero(t, sent["tester"], "nothing was sent")
				if row.rate != row.wire {
					require.Equal(t, &BusErrorsError{Bitrates: []int{row.rate}}, err)
					return
				}
				require.NoError(t, err)
				require.Equal(t, row.rate, c.Bitrate)
				require.NoError(t, c.Link.Close())
			})
		})
	}
}

func TestAnAdapterThatStaysAtOneBitRateAsksThere(t *testing.T) {
	for _, rate := range []int{500_000, 250_000, 125_000} {
		synctest.Test(t, func(t *testing.T) {
			s, _ := car(t, rate)
			_, err := Up(t.Context(), fixed{s, rate})
			require.Equal(t, &NoCarError{Bitrates: []int{rate}}, err)
			s.seg.Attach("gateway", vbus.Queue(1))
			c, err := Up(t.Context(), fixed{s, rate})
			require.NoError(t, err)
			require.True(t, c.Quiet)
			require.Equal(t, rate, c.Bitrate)
			require.NoError(t, c.Link.Close())
		})
	}
}
