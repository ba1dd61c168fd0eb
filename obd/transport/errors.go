package transport

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

// Sent says whether a message whose sending failed has left. Only a write
// cares: what was not sent may be tried again, what is unknown is read back.
type Sent uint8

// What is known of a failed Send.
const (
	SentUnknown Sent = iota
	SentNo
	SentYes
)

func (s Sent) String() string { return [...]string{"unknown", "no", "yes"}[min(s, SentYes)] }

// OpError is a failure on our side of the wire: we refused, or our adapter failed.
type OpError struct {
	Op      string // dial, send, receive
	Address Address
	Sent    Sent
	Err     error
}

func (e *OpError) Error() string { return fmt.Sprintf("transport: %s %s: %v", e.Op, e.Address, e.Err) }
func (e *OpError) Unwrap() error { return e.Err }

// TimeoutError is an answer that did not come in time. It matches
// os.ErrDeadlineExceeded, never context.DeadlineExceeded.
type TimeoutError struct {
	Timer   string // P2, N_Bs, N_Cr, ... the standard's name
	Address Address
	After   time.Duration
	Waiting string // what did not come: "consecutive frame 4"; may be empty
}

func (e *TimeoutError) Error() string {
	s := fmt.Sprintf("%s: %s expired after %v", e.Address, e.Timer, e.After)
	if e.Waiting != "" {
		s += " waiting for " + e.Waiting
	}
	return s
}

// Is matches os.ErrDeadlineExceeded.
func (e *TimeoutError) Is(target error) bool { return target == os.ErrDeadlineExceeded }

// Timeout is true, as in net.Error.
func (e *TimeoutError) Timeout() bool { return true }

// ProtocolError is an answer that breaks the standard.
type ProtocolError struct {
	Address Address
	Clause  string // where the rule stands, or the rule's name
	Got     string
	Want    string
}

func (e *ProtocolError) Error() string {
	return fmt.Sprintf("%s: %s: got %s, want %s", e.Address, e.Clause, e.Got, e.Want)
}

// Why a Dial or Send may be refused.
var (
	ErrForm    = errors.New("this link cannot carry the address form")
	ErrLength  = errors.New("message longer than this link can carry")
	ErrNoAck   = errors.New("nobody acknowledged the frame")
	ErrBusOff  = errors.New("the controller went bus-off")
	ErrAborted = errors.New("aborted")
)

// Why a Send or Recv over a dongle may fail although dongle and car live on, each
// in an *OpError. What was to be read can be asked for again.
var (
	ErrOverrun = errors.New("the adapter's buffer overflowed and part of the answer is lost")
	ErrGarbled = errors.New("the adapter received something broken")
	ErrReset   = errors.New("the adapter was reset in the middle")
)

// ErrClosed is what every call on a closed Link or Conn matches.
var ErrClosed = net.ErrClosed
