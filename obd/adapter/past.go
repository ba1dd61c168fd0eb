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

	// Full reports whether the recording holds more than was kept of it. It
	// is known in the end only.
	Full func() bool
}
