package tunnel

import (
	"errors"
	"fmt"
	"net"

	"github.com/untether-obd/untether/obd/can"
)

// Why a tunnel could not be opened at either end, inside an *OpenError.
var (
	ErrNobody      = errors.New("nobody listens there")
	ErrBusy        = errors.New("another client is on")
	ErrInUse       = errors.New("somebody listens there already")
	ErrNotSocket   = errors.New("a file that is no socket is there")
	ErrNotLoopback = errors.New("not a loopback address, and nobody is authenticated")
)

// OpenError is a tunnel that could not be opened.
type OpenError struct {
	URI string
	Err error
}

func (e *OpenError) Error() string { return fmt.Sprintf("tunnel: %s: %v", e.URI, e.Err) }
func (e *OpenError) Unwrap() error { return e.Err }

// ProtocolError is a line that is not understood, or that has no place where
// it came.
type ProtocolError struct {
	Got    string // the line's beginning, never any payload
	Reason string
}

func (e *ProtocolError) Error() string { return fmt.Sprintf("tunnel: %s: %q", e.Reason, e.Got) }

// LostError is a tunnel whose other end is gone, or not understood any more.
// It matches net.ErrClosed, being the end of its buses.
type LostError struct {
	URI string
	Err error // io.EOF if the other end hung up
}

func (e *LostError) Error() string { return fmt.Sprintf("tunnel: %s: lost: %v", e.URI, e.Err) }
func (e *LostError) Unwrap() error { return e.Err }

// Is makes it match net.ErrClosed.
func (e *LostError) Is(target error) bool { return target == net.ErrClosed }

// RemoteError is what a controller at the other end said. It matches the error
// of package can that it stands for, if there is one.
type RemoteError struct {
	Text string
	kind error
}

func (e *RemoteError) Error() string { return e.Text }
func (e *RemoteError) Unwrap() error { return e.kind }

// why is the kind of an error on the wire.
type why string

const other why = "other"

// kinds are the errors that keep their identity on the way.
var kinds = map[why]error{
	"closed":  can.ErrClosed,
	"bus-off": can.ErrBusOffState,
	"down":    can.ErrDown,
	"frame":   can.ErrFrame,
	other:     nil,
}

func (y why) known() bool {
	_, ok := kinds[y]
	return ok
}

// whyOf gives the kind of an error.
func whyOf(err error) why {
	for y, kind := range kinds {
		if kind != nil && errors.Is(err, kind) {
			return y
		}
	}
	if errors.Is(err, net.ErrClosed) {
		return "closed"
	}
	return other
}

// errorOf is the error that crossed the wire.
func errorOf(y why, text string) error {
	kind := kinds[y]
	if kind != nil && (text == "" || text == kind.Error()) {
		return kind
	}
	return &RemoteError{Text: text, kind: kind}
}
