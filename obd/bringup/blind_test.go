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

// blindSocket is behind an adapter that takes whatever it is given, and tells
// nothing of what became of it.
type blindSocket struct{ *socket }

func (s blindSocket) OpenBus(ctx context.Context, c adapter.BusConfig) (can.Bus, error) {
	b, err := s.socket.OpenBus(ctx, c)
	return blindBus{b}, err
}

type blindBus struct{ can.Bus }

func (b blindBus) Recv(ctx context.Context) (can.Rx, error) {
	for {
		rx, err := b.Bus.Recv(ctx)
		if err != nil || !rx.Own && !rx.Frame.Is(can.Error) {
			return rx, err
		}
	}
}

// TestAnAdapterThatTellsNothing: silence proves neither car nor bit rate, an
// answer proves both.
func TestAnAdapterThatTellsNothing(t *testing.T) {
	for name, row := range map[string]struct {
		rate     int
		answers  bool
		want     int
		unproven bool
	}{
		"nobody":                      {500_000, false, 500_000, true},
		"somebody":                    {500_000, true, 500_000, false},
		"somebody, at the other rate": {250_000, true, 250_000, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, _ := car(t, row.rate)
				if row.answers {
					answering(t, s.seg)
				}
				began := time.Now()
				c, err := Up(t.Context(), blindSocket{s})
				require.NoError(t, err)
				require.Less(t, time.Since(began), canLimit)
				require.Equal(t, row.want, c.Bitrate)
				require.Equal(t, row.unproven, c.Unproven)
				require.True(t, c.Quiet)
				require.NoError(t, c.Link.Close())
			})
		})
	}
}

// answering attaches a unit that answers every frame to all emission units.
func answering(t *testing.T, seg *vbus.Segment) {
	t.Helper()
	unit := seg.Attach("unit")
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			rx, err := unit.Recv(ctx)
			if err != nil {
				return
			}
			if rx.Frame.ID == 0x7DF && unit.Send(ctx, can.NewFrame(0x7E8, 6, 0x41, 0, 0, 0, 0, 1, 0)) != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
}
