package vm

import (
	"fmt"
	"strings"
	"time"
)

// MissingError tells which Debian packages a virtual machine lacks here.
type MissingError struct{ Packages []string }

func (e *MissingError) Error() string {
	var steps []string
	for _, p := range e.Packages {
		if p == kernelPackage {
			steps = append(steps, "apt-get download the package that "+p+" depends on, and canvm -kernel FILE.deb")
		} else {
			steps = append(steps, "apt-get install "+p)
		}
	}
	return "this kernel has no CAN, and for a virtual machine packages are missing: " + strings.Join(steps, "; ")
}

// LimitError tells that the job took too long and was killed.
type LimitError struct {
	Limit   time.Duration
	Up      bool   // the command had begun
	Console string // the last that the guest's console said, empty without a guest
}

func (e *LimitError) Error() string {
	if e.Up {
		return fmt.Sprintf("killed: not over after %v", e.Limit)
	}
	return fmt.Sprintf("killed: the guest was not up after %v%s", e.Limit, quoted(e.Console))
}

// DiedError tells that the guest ended without the command having ended.
type DiedError struct {
	Up      bool   // the command had begun
	Console string // the last that the guest's console and QEMU said
}

func (e *DiedError) Error() string {
	if e.Up {
		return "the guest died under the command" + quoted(e.Console)
	}
	return "the guest did not come up" + quoted(e.Console)
}

func quoted(console string) string {
	if console = strings.TrimSpace(console); console == "" {
		return "; its console is empty"
	}
	return "; its console:\n" + console
}

// UnsupportedError tells that this system cannot run guests.
type UnsupportedError struct{ System string }

func (e *UnsupportedError) Error() string {
	return "jobs with CAN run on linux/amd64, and on linux where the kernel has CAN: not on " + e.System
}
