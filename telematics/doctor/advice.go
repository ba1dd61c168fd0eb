package doctor

import (
	"slices"

	"github.com/untether-obd/untether/telematics/message"
)

// advise says what would make it better, the most pressing first.
func (x *examination) advise() {
	r := x.out
	add := func(when bool, id message.ID) {
		if when {
			r.Advice = append(r.Advice, x.o.Printer.Text(id))
		}
	}
	supply := SupplyGood
	if r.Supply != nil {
		supply = r.Supply.State
	}
	add(supply == SupplyNone, message.MendNoSupply)
	add(supply == SupplyLow || supply == SupplyStop, message.MendLowSupply)
	absent := r.Car.State == CarAbsent || r.Car.State == CarUnknown && !x.has(BrokenOff)
	add(absent && supply != SupplyNone, message.MendNoCar)
	add(r.Car.State == CarGarbled, message.MendGarbled)
	add(x.has(LosesAnswers), message.MendLoss)
	add(x.has(SlowAnswers), message.MendSlow)
	add(x.has(OutOfReach) || x.has(RequestTooLong), message.MendReach)
	add(x.otherPins(), message.MendPins)
	add(r.Clone == Yes, message.MendClone)
	add(x.has(NotSilent), message.MendNotSilent)
	add(x.has(NotKnown) || x.has(BrokenOff), message.MendNotKnown)
	add(len(r.Advice) == 0, message.MendNothing)
}

func (x *examination) has(id ReasonID) bool {
	return slices.ContainsFunc(x.out.Reasons, func(r Reason) bool { return r.ID == id })
}

// otherPins reports makes that have units at pins where the adapter cannot go.
func (x *examination) otherPins() bool {
	for _, m := range x.out.Makes {
		if slices.ContainsFunc(m.Units, func(u Unit) bool { return u.Why == OtherPins }) {
			return true
		}
	}
	return false
}
