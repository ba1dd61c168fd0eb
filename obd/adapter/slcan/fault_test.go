package slcan_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vslcan"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/slcan"
	"github.com/untether-obd/untether/obd/can"
)

// received takes what b reports until nothing comes any more.
func received(t *testing.T, b can.Bus) (all []can.Rx, last error) {
	t.Helper()
	for {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		rx, err := b.Recv(ctx)
		cancel()
		if err != nil {
			return all, err
		}
		all = append(all, rx)
	}
}

// exchange sends and receives 40 frames over a dongle, and gives what came.
func exchange(t *testing.T, o vslcan.Options) (echoes, frames []can.Frame, last error) {
	t.Helper()
	s := segment(t, 500_000)
	unit := s.Attach("unit")
	d := dongle(t, attach(s, true), o)
	b := openBus(t, d, adapter.BusConfig{Bitrate: 500_000})
	for i := range byte(40) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		_ = b.Send(ctx, can.NewFrame(0x7E0, 0x11, i)) // a dongle that is gone is seen below
		cancel()
		require.NoError(t, unit.Send(t.Context(), can.NewFrame(0x7E8, 0x22, i)))
	}
	all, last := received(t, b)
	for _, rx := range all {
		switch {
		case rx.Own:
			echoes = append(echoes, rx.Frame)
		case !rx.Frame.Is(can.Error):
			frames = append(frames, rx.Frame)
		}
	}
	return echoes, frames, last
}

// TestFaults: whatever goes wrong, nothing comes that was not sent, and the
// loss of a dongle is told.
func TestFaults(t *testing.T) {
	var lost *slcan.LostError
	ends := map[string]bool{"disconnect": true, "reset": true, "half-open": true}
	for _, fault := range vslcan.Faults() {
		t.Run(fault, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				echoes, frames, last := exchange(t, vslcan.Options{Fault: fault, Seed: 1})
				if ends[fault] {
					require.ErrorAs(t, last, &lost)
				} else {
					require.ErrorIs(t, last, context.DeadlineExceeded)
				}
				inOrder(t, echoes, 0x7E0, 0x11)
				inOrder(t, frames, 0x7E8, 0x22)
				if !ends[fault] && fault != "torn-lines" {
					require.Len(t, frames, 40)
				}
			})
		})
	}
}

// inOrder requires numbered frames, each at most once.
func inOrder(t *testing.T, frames []can.Frame, id uint32, mark byte) {
	t.Helper()
	last := -1
	for _, f := range frames {
		require.Equal(t, can.NewFrame(id, mark, f.Data[1]), f)
		require.Greater(t, int(f.Data[1]), last)
		last = int(f.Data[1])
	}
}
