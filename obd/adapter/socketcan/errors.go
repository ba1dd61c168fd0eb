package socketcan

import (
	"errors"
	"fmt"
	"net"
)

// Why an interface cannot be used, inside an *InterfaceError. Besides these
// there are can.ErrDown, *PermissionError and *BitrateError.
var (
	ErrNoCAN       = errors.New("the system has no CAN sockets")
	ErrNoInterface = errors.New("no such interface")
	ErrNotCAN      = errors.New("not a CAN interface")
	ErrNoFD        = errors.New("the interface carries no CAN FD frames")
	ErrListens     = errors.New("the interface is set to listen only")
	ErrNoListening = errors.New("the controller cannot only listen, and trying bit rates otherwise disturbs the car")

	// ErrRemoved is an interface that went away in use; it matches
	// net.ErrClosed, being the end of its buses.
	ErrRemoved error = removedError{}
)

type removedError struct{}

func (removedError) Error() string        { return "the interface was removed" }
func (removedError) Is(target error) bool { return target == net.ErrClosed }

// InterfaceError is an interface that cannot be used, or no longer.
type InterfaceError struct {
	Interface string
	Err       error
}

func (e *InterfaceError) Error() string { return fmt.Sprintf("socketcan: %s: %v", e.Interface, e.Err) }
func (e *InterfaceError) Unwrap() error { return e.Err }

// PermissionError is what the kernel refuses for want of a capability.
type PermissionError struct {
	Capability string // as in capabilities(7)
	Err        error
}

func (e *PermissionError) Error() string { return fmt.Sprintf("%s is needed: %v", e.Capability, e.Err) }
func (e *PermissionError) Unwrap() error { return e.Err }

// BitrateError is an interface that is not at the bit rate that was asked for,
// and cannot be set to it.
type BitrateError struct {
	Is, Wanted int   // bit/s; Is 0: none is set
	Err        error // why it was not set
}

func (e *BitrateError) Error() string {
	return fmt.Sprintf("at %d bit/s, not %d: %v", e.Is, e.Wanted, e.Err)
}

func (e *BitrateError) Unwrap() error { return e.Err }

// ValueError is a value that a key of the URI cannot have.
type ValueError struct {
	Text, Key, Value string
	Valid            []string
}

func (e *ValueError) Error() string {
	return fmt.Sprintf("socketcan: %s: %s cannot be %q", e.Text, e.Key, e.Value)
}
