// Package can has the frames of a CAN segment and the seam at which every
// controller, real or simulated, is met. Frames are values; a Bus is safe for
// use by several goroutines. Standard library only.
package can

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// Rx is a frame that a controller reports.
type Rx struct {
	Frame Frame
	Time  time.Time // the kernel's or adapter's time of reception, end of frame
	Own   bool      // the echo of a frame we sent: it is on the wire and was acknowledged
}

// Bus is one controller on one segment.
type Bus interface {
	// Send returns when the frame is queued, as SocketCAN does. A full queue
	// waits. A queued frame may still fail; then Recv reports an Error frame.
	Send(ctx context.Context, f Frame) error

	// Recv waits for the next frame, ours (see Rx.Own), somebody else's or a
	// controller's report (flag Error).
	Recv(ctx context.Context) (Rx, error)

	// Close ends the controller. Afterwards every call gives an error that
	// matches net.ErrClosed. Closing again is harmless.
	Close() error
}

// Echoer is a Bus that reports its own frames with Rx.Own. Without it a frame
// counts as sent once Send returns.
type Echoer interface{ Echoes() bool }

// TrySender is a Bus that can take a frame without waiting: what a driver that
// holds a lock may call.
type TrySender interface {
	// TrySend is Send, but gives false where Send would wait.
	TrySend(f Frame) (bool, error)
}

// Echoes reports whether b confirms its own frames.
func Echoes(b Bus) bool {
	e, ok := b.(Echoer)
	return ok && e.Echoes()
}

// ErrClosed is returned by every call on a closed Bus; it matches net.ErrClosed.
var ErrClosed error = closedError{}

type closedError struct{}

func (closedError) Error() string        { return "can: bus closed" }
func (closedError) Is(target error) bool { return target == net.ErrClosed }

// What a controller can say instead of sending.
var (
	ErrBusOffState = errors.New("can: controller is bus-off")
	ErrDown        = errors.New("can: interface is down")
)

// Filter passes a frame if its identifier equals ID in the bits of Mask and
// its identifier has the wanted width.
type Filter struct {
	ID, Mask uint32
	Extended bool
}

// Only passes one identifier.
func Only(id uint32, extended bool) Filter {
	return Filter{ID: id, Mask: MaxExtendedID, Extended: extended}
}

// Match reports whether the filter passes f. Error frames pass every filter.
func (m Filter) Match(f *Frame) bool {
	return f.Is(Error) || f.Is(Extended) == m.Extended && (f.ID^m.ID)&m.Mask == 0
}

// DroppedError is returned by Recv once, in place of frames that a reader was
// too slow to take. The Bus goes on.
type DroppedError struct{ Count uint64 }

func (e *DroppedError) Error() string {
	return fmt.Sprintf("can: %d frames dropped: reader too slow", e.Count)
}
