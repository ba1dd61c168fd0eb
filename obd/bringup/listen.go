package bringup

import (
	"context"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

// heard is what listening at one rate brought.
type heard struct {
	frames, errors, fd int
	busy               time.Duration // what the frames took of the wire's time
	ids                map[id]bool
}

func listen(ctx context.Context, r road, rate int) (heard, error) {
	h := heard{ids: map[id]bool{}}
	err := r.listen(ctx, rate, func(f *can.Frame) { h.add(f, rate) })
	return h, err
}

// good allows a stray error: one frame in ten.
func (h heard) good() bool { return h.frames > 10*h.errors && h.fd == 0 }

// bad says that there is traffic, of which this rate is not.
func (h heard) bad() bool { return h.errors > 0 || h.fd > 0 }

// car is one whose bus has this rate.
func (h heard) car(rate int) *Car {
	return &Car{Bitrate: rate, Errors: h.errors, Load: h.busy.Seconds() / Listen.Seconds(), inUse: h.ids}
}

func (h *heard) add(f *can.Frame, rate int) {
	switch {
	case f.Is(can.Error):
		h.errors++
	case f.Is(can.FD):
		h.fd++
	default:
		h.frames++
		h.busy += can.FrameBits(f).Duration(rate, 0)
		h.ids[id{f.ID, f.Is(can.Extended)}] = true
	}
}
