package adapter

import (
	"context"
	"errors"
	"time"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// Dongle is an adapter that speaks ISO-TP itself and carries whole messages.
// It joins a segment when it is told to; joining again leaves the former one.
type Dongle interface {
	Adapter

	// Listen joins at a bit rate without a word of ours, not even an
	// acknowledge, and tells hear of what it notices for d. A dongle that can
	// hear errors only reports frames with the flag Error; one that cannot be
	// silent says *CannotListenError, and has sent nothing. hear is never
	// called by two goroutines at once, nor once Listen has returned.
	Listen(ctx context.Context, bitrate int, d time.Duration, hear func(can.Rx)) error

	// Join gives a link at a bit rate. Closing it leaves the adapter open. It
	// says *FixedBitrateError where the dongle stays at another rate.
	Join(ctx context.Context, bitrate int) (CarriedLink, error)
}

// CannotListenError is what Listen says where a dongle would acknowledge or
// send while it listens, or cannot listen at all.
type CannotListenError struct{ Reason string }

func (e *CannotListenError) Error() string { return "adapter: cannot listen silently: " + e.Reason }

// Searcher is a Dongle that can look for another protocol than CAN by itself:
// K-line, which is slow and is searched only where somebody asks for it.
type Searcher interface {
	Dongle

	// Searches reports whether the URI asks for the search (protocol=auto).
	Searches() bool

	// Search tries one protocol after another and gives a link over the first
	// that answers. tell is called before each try with the protocol's name, by
	// one goroutine. That none answers is an error that matches ErrNoProtocol.
	Search(ctx context.Context, tell func(protocol string, tried, of int)) (Found, error)
}

// Found is what a search came upon.
type Found struct {
	Link     transport.Link // closing it leaves the adapter open
	Protocol string         // for people: ISO 14230-4 KWP (fast init)
}

// ErrNoProtocol is a search in which nobody answered.
var ErrNoProtocol = errors.New("adapter: nobody answers in any protocol")

// Incidents are what only a dongle suffers, counted since it was joined; those
// too after which nothing had to be asked again.
type Incidents struct {
	Resets   uint64 // it was reset, by low voltage or by itself, and was set up again
	Overruns uint64 // its buffer overflowed
	Garbled  uint64 // it received what it could not read
}

// Witness is a CarriedLink of a dongle that counts its incidents.
type Witness interface{ Incidents() Incidents }
