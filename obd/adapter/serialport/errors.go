package serialport

import (
	"errors"
	"fmt"
	"strings"
)

// ErrNoBaud is what SetBaud says on a stream that has no speed: TCP.
var ErrNoBaud = errors.New("serialport: this stream has no speed to set")

// LostError says that the device behind an open port has gone: pulled, out of
// range, switched off, or its peer has ended the connection.
type LostError struct {
	Port string
	Err  error // what the system said
}

func (e *LostError) Error() string {
	return fmt.Sprintf("serialport: %s: the device has gone: %v", e.Port, e.Err)
}

func (e *LostError) Unwrap() error { return e.Err }

// BusyError says that another program has the port.
type BusyError struct {
	Port    string
	Holders []Holder // as far as the system lets us see them; may be empty
}

// Holder is a program that has a port open.
type Holder struct {
	PID     int    `json:"pid"`
	Program string `json:"program"`
}

func (e *BusyError) Error() string {
	if len(e.Holders) == 0 {
		return fmt.Sprintf("serialport: %s: another program has it open", e.Port)
	}
	var names []string
	for _, h := range e.Holders {
		names = append(names, fmt.Sprintf("%s (pid %d)", h.Program, h.PID))
	}
	return fmt.Sprintf("serialport: %s: held by %s", e.Port, strings.Join(names, ", "))
}

// Reason is why a port could not be opened.
type Reason string

// The reasons.
const (
	NoSuchPort   Reason = "no such port"
	NoPermission Reason = "no permission"
	NotSerial    Reason = "not a serial port"
	BadBaud      Reason = "no such speed"
	NoAnswer     Reason = "no answer in time"
	Refused      Reason = "connection refused"
	NoRoute      Reason = "no route"
	NoSuchHost   Reason = "no such host"
	BadAddress   Reason = "not HOST:PORT"
	Failed       Reason = "failed"
)

// OpenError says why a port or a connection could not be opened.
type OpenError struct {
	Port   string // as it was named
	Reason Reason
	Group  string // NoPermission: whose members may open it; empty where that is not known
	Err    error  // what the system said; may be nil
}

func (e *OpenError) Error() string {
	s := fmt.Sprintf("serialport: %s: %s", e.Port, e.Reason)
	if e.Group != "" {
		s += ", members of the group " + e.Group + " have it"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *OpenError) Unwrap() error { return e.Err }
