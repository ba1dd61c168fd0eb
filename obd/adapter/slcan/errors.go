package slcan

import (
	"errors"
	"fmt"
	"net"
	"strings"
)

// Why a dongle cannot be used, inside an *OpenError or a *LostError. Besides
// these there are *ForeignError and what package serialport says.
var (
	// ErrSilent is a port at which nothing answers as an SLCAN dongle does:
	// there is none, or it has another speed.
	ErrSilent = errors.New("no SLCAN dongle answers")

	// ErrGone is a dongle that answered and does so no more.
	ErrGone = errors.New("the dongle no longer answers")

	// ErrReset is a dongle that has left the bus by itself.
	ErrReset = errors.New("the dongle has been reset")

	// ErrNoFD is a dongle of which no CAN FD is known, where the URI wants it.
	ErrNoFD = errors.New("the dongle has no CAN FD")

	// ErrBufferFull is a dongle that took a frame neither at once nor until
	// the context ended: its own are still waiting for the bus.
	ErrBufferFull = errors.New("slcan: the dongle's buffer is full")
)

var errListenOnly = errors.New("slcan: the bus was opened to listen only")

// errMissing is an answer that did not come.
var errMissing = errors.New("no answer in time")

// OpenError is a dongle that cannot be used.
type OpenError struct {
	URI string
	Err error
}

func (e *OpenError) Error() string { return fmt.Sprintf("slcan: %s: %v", e.URI, e.Err) }
func (e *OpenError) Unwrap() error { return e.Err }

// ForeignError is something that answers, and not as an SLCAN dongle does.
type ForeignError struct{ Said string }

func (e *ForeignError) Error() string { return fmt.Sprintf("no SLCAN dongle: it says %q", e.Said) }

// RefusedError is a command that the dongle does not take.
type RefusedError struct{ Command string }

func (e *RefusedError) Error() string {
	return fmt.Sprintf("the dongle refuses the command %s", e.Command)
}

// BitrateError is a bit rate that the dongle has not got.
type BitrateError struct {
	Bitrate int
	Valid   []int // those that have a code, in bit/s
	Refused bool  // the dongle said so
}

func (e *BitrateError) Error() string {
	return fmt.Sprintf("slcan: the dongle has no %d bit/s; it has %s", e.Bitrate, strings.Trim(fmt.Sprint(e.Valid), "[]"))
}

// LostError is a dongle that is gone, silent or reset. It matches
// net.ErrClosed, being the end of its bus.
type LostError struct {
	URI string
	Err error
}

func (e *LostError) Error() string { return fmt.Sprintf("slcan: %s: lost: %v", e.URI, e.Err) }
func (e *LostError) Unwrap() error { return e.Err }

// Is makes it match net.ErrClosed.
func (e *LostError) Is(target error) bool { return target == net.ErrClosed }
