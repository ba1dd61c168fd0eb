package adapter

import (
	"time"

	"github.com/untether-obd/untether/obd/transport"
)

// Past is a Linker without a car: a recording answers, and shows what its car
// was like on arrival.
type Past interface {
	Linker
	Past() History
}

// History is what a recording tells by itself.
type History struct {
	Began time.Time     // of its first frame
	Took  time.Duration // to the last

	Quiet  bool // nothing was heard before the first request
	Woken  bool // the car slept and was woken
	Errors int  // bus errors heard before the first request

	Redacted bool // what units answered is blanked

	// InUse reports whether others were heard sending with one of an address's
	// identifiers before the first request.
	InUse func(a transport.Address) bool

	Remarks int          // places of the recording that hold no usable frame
	First   *RemarkError // the first of them; nil: none

	// Health gives what the bus suffered. It is known in the end only.
	Health func() Health

	// Full reports whether the recording holds more than was kept of it. It
	// is known in the end only.
	Full func() bool
}

// Health is what a bus has suffered, and who else is on it, since it was
// joined; and what a dongle has.
type Health struct {
	Ignored uint64 // frames for us that break ISO 15765-2
	Errors  uint64 // frames that were destroyed on the wire and sent again
	Passive uint64 // how often our controller became error-passive
	Unheard uint64 // frames of ours that nobody acknowledged at first
	Testers uint64 // requests of others to units that answer us
	FD      uint64 // CAN FD frames of others

	Incidents
}
