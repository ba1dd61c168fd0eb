package inspect

import (
	"context"
	"math"

	"github.com/untether-obd/untether/telematics"
)

// Supply voltage, V.
const (
	supplyLow   = 12.2
	supplyStop  = 11.8
	supplyLeast = 6.0 // below that a dongle would not work: it measures wrong
	supplyApart = 1.0 // the adapter and the car may differ by that: wires take some
)

// supply judges a voltage.
func (p *pass) supply(volts float64) error {
	switch {
	case volts < supplyStop:
		p.find(telematics.SupplyStop, "", volts)
		return errSupply
	case volts < supplyLow:
		p.find(telematics.SupplyLow, "", volts)
	}
	return nil
}

// firstSupply judges what the adapter measures, and decides whether that is to
// be believed: dongles are asked and not trusted. Where the car says what it
// has, and that is something else, the car is asked from then on.
func (p *pass) firstSupply(ctx context.Context, ofCar *float64) error {
	volts, ok := p.measure(ctx)
	switch {
	case !ok && ofCar == nil:
		return nil
	case !ok:
		return p.supply(*ofCar)
	case ofCar != nil && math.Abs(volts-*ofCar) > supplyApart:
		p.find(telematics.SupplyContradicted, "", volts, *ofCar)
		return p.supply(*ofCar)
	}
	p.meter = true
	return p.supply(volts)
}

// measure gives what the adapter measures, if it can and if that can be.
func (p *pass) measure(ctx context.Context) (volts float64, ok bool) {
	millivolts, err := p.link.Supply(ctx)
	if err != nil {
		return 0, false // not every adapter can; that it failed altogether the next request tells
	}
	if volts = float64(millivolts) / 1000; volts < supplyLeast {
		p.find(telematics.SupplyImplausible, "", volts)
		return 0, false
	}
	return volts, true
}

// lookAtMeter judges the supply anew.
func (p *pass) lookAtMeter(ctx context.Context) error {
	volts, ok := p.measure(ctx)
	if !ok {
		return nil
	}
	return p.supply(volts)
}
