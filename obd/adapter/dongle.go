package adapter

import (
	"context"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

// Dongle is an adapter that speaks ISO-TP itself and carries whole messages.
// It joins a segment when it is told to; joining again leaves the former one.
type Dongle interface {
	Adapter

	// Listen joins at a bit rate without a word of ours, not even an
	// acknowledge, and tells hear of what it notices for d. A dongle that can
	// hear errors only reports frames with the flag Error.
	Listen(ctx context.Context, bitrate int, d time.Duration, hear func(can.Rx)) error

	// Join gives a link at a bit rate. Closing it leaves the adapter open. It
	// says *FixedBitrateError where the dongle stays at another rate.
	Join(ctx context.Context, bitrate int) (CarriedLink, error)
}
