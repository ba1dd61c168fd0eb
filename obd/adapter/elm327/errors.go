package elm327

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// LateError is a command whose prompt did not come in time. It matches
// os.ErrDeadlineExceeded. The chip is brought back in step before the next one.
type LateError struct {
	Command string
	After   time.Duration
}

func (e *LateError) Error() string {
	return fmt.Sprintf("elm327: %s: no prompt after %v", e.Command, e.After)
}

// Is matches os.ErrDeadlineExceeded.
func (e *LateError) Is(target error) bool { return target == os.ErrDeadlineExceeded }

// Timeout is true, as in net.Error.
func (e *LateError) Timeout() bool { return true }

func isLate(err error) bool {
	var late *LateError
	return errors.As(err, &late)
}

// ResetError is a chip that started anew in the middle of a command. Its
// settings are given back to it before the next one.
type ResetError struct {
	Command string // under way, or sent last
	Text    string // what it printed
}

func (e *ResetError) Error() string {
	return fmt.Sprintf("elm327: %s: the dongle was reset in the middle: %q", e.Command, e.Text)
}

// LowVoltageError is a reset for want of supply voltage: LV RESET.
type LowVoltageError struct{ Reset ResetError }

func (e *LowVoltageError) Error() string {
	return fmt.Sprintf("elm327: %s: the dongle was reset by low supply voltage", e.Reset.Command)
}

// Unwrap is the reset.
func (e *LowVoltageError) Unwrap() error { return &e.Reset }

// AsleepError is a chip that said it goes to sleep. It is woken before the
// next command.
type AsleepError struct {
	Command string
	Text    string // LP ALERT, ACT ALERT
}

func (e *AsleepError) Error() string {
	return fmt.Sprintf("elm327: %s: the dongle goes to sleep: %q", e.Command, e.Text)
}

// LockedUpError is a chip that answers nothing any more. Only taking away its
// supply helps.
type LockedUpError struct{ Command string } // the last one sent

func (e *LockedUpError) Error() string {
	return fmt.Sprintf("elm327: the dongle answers nothing since %q", e.Command)
}

// UnsupportedError is a `?`, the chip's word for a command that it has not.
type UnsupportedError struct{ Command string }

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("elm327: %s: the dongle does not know the command", e.Command)
}

// UnexpectedError is an answer that is none to the command: another program
// uses the dongle, or the line loses bytes. After it the dongle is sent nothing
// more.
type UnexpectedError struct {
	Command string
	Got     string
}

func (e *UnexpectedError) Error() string {
	return fmt.Sprintf("elm327: %s: unexpected answer %q", e.Command, e.Got)
}

// Seen is what a port gave where no ELM was found.
type Seen string

// What was seen.
const (
	SeenNothing Seen = "nothing" // not a byte, at any speed
	SeenGarbage Seen = "garbage" // bytes, at no speed an answer
	SeenOther   Seen = "other"   // an answer in clear that is not an ELM's
)

// NoDongleError is an open port without an ELM327 or its like behind it.
type NoDongleError struct {
	Seen  Seen
	Text  string // SeenOther: what it said
	Bauds []int  // bit/s that were tried; empty: the port has no speed
}

func (e *NoDongleError) Error() string {
	s := "elm327: no dongle: "
	switch e.Seen {
	case SeenGarbage:
		s += "only garbage was read"
	case SeenOther:
		s += fmt.Sprintf("what answers is not an ELM327: %q", e.Text)
	default:
		s += "nothing was read"
	}
	if len(e.Bauds) == 0 {
		return s
	}
	return s + " at " + strings.Trim(fmt.Sprint(e.Bauds), "[]") + " bit/s"
}

// NoSupplyError is a dongle that does not measure its supply: ATRV gives no
// voltage, or 0.
type NoSupplyError struct{ Text string }

func (e *NoSupplyError) Error() string {
	return fmt.Sprintf("elm327: ATRV: no supply voltage: %q", e.Text)
}
