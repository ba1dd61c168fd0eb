package bringup

import (
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
)

// Car is a bus that was joined.
type Car struct {
	Link     *guard.Link
	Bitrate  int     // bit/s; 0: not known, or not CAN
	Protocol string  // what it is if it is not CAN, for people
	Quiet    bool    // nothing was heard: a gateway filters, or the car slept
	Deaf     bool    // nor could it be: the dongle cannot listen without a word
	Unproven bool    // nor did anybody answer, and the adapter does not tell whether anybody acknowledges
	Woken    bool    // the car slept and we woke it
	Errors   int     // bus errors heard at this rate while listening
	Load     float64 // share of the wire's time that others took then, 0 to 1

	isotp   adapter.CarriedLink // beneath Link; nil: what is beneath has its own frames
	witness adapter.Witness     // the same if it is a dongle's
	inUse   map[id]bool
	past    *adapter.History
}

type id struct {
	number   uint32
	extended bool
}

// over puts the guard upon a link.
func (car *Car) over(l transport.Link) *Car {
	car.isotp, _ = l.(adapter.CarriedLink)
	car.witness, _ = l.(adapter.Witness)
	car.Link = guard.New(l, guard.Policy{})
	return car
}

// InUse reports whether others were heard sending with one of the address's
// identifiers: then it is no address to try.
func (car *Car) InUse(a transport.Address) bool {
	if car.past != nil {
		return car.past.InUse(a)
	}
	return car.inUse[id{a.TX, a.Extended}] || car.inUse[id{a.RX, a.Extended}]
}

// Dropped counts the frames that were lost because we read too slowly.
func (car *Car) Dropped() uint64 {
	if car.isotp == nil {
		return 0
	}
	return car.isotp.Stats().Dropped
}

// Health gives what the bus, and a dongle, has suffered since it was joined, so
// far. Of a recording it is known in the end only, and in its History.
func (car *Car) Health() (h adapter.Health) {
	if car.isotp != nil {
		s := car.isotp.Stats()
		h = adapter.Health{Ignored: s.Ignored, Errors: s.Errors, Passive: s.Passive, Unheard: s.Unheard, Testers: s.Testers, FD: s.FD}
	}
	if car.witness != nil {
		h.Incidents = car.witness.Incidents()
	}
	return h
}

// History is what the recording that answers tells; nil: this is a car.
func (car *Car) History() *adapter.History { return car.past }
