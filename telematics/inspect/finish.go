package inspect

import (
	"cmp"
	"slices"
	"strings"

	"github.com/untether-obd/untether/telematics"
)

// storedVIN is a VIN that some unit other than the car's own source gave.
type storedVIN struct {
	unit, value string
	telematics  bool
}

// finish compares, sums up, advises and sorts.
func (p *pass) finish() {
	p.compareVINs()
	p.addEmission()
	p.refusesOBD()
	p.nobody()
	p.sort()
	p.out.Profile = p.matched()
	p.out.Telematics = telematics.Summarise(p.out.Units, p.out.Signals)
	p.doubtGuesses()
	if len(p.out.Telematics.Units) > 1 {
		p.find(telematics.SeveralUnits, "")
	}
	p.sort()
	p.advise()
}

// nobody tells of a car in which no unit answered anything. Where it was not us
// who asked, that says nothing; on K-line somebody answered the search.
func (p *pass) nobody() {
	answered := func(u telematics.Unit) bool { return u.Answered }
	if p.link != nil && !p.kline && p.out.Coverage.Asked > 0 && !p.found(telematics.Incomplete) && !slices.ContainsFunc(p.out.Units, answered) {
		p.find(telematics.NobodyAnswers, "")
	}
}

// doubtGuesses: that another make has its telematics unit at an address does
// not show that this car has one there. If no other unit is known to be one,
// whether one is fitted stays unknown.
func (p *pass) doubtGuesses() {
	for _, name := range p.out.Telematics.Units {
		if makes := p.guessed[name]; len(makes) > 0 {
			p.find(telematics.UnitByAddress, name, strings.Join(makes, ", "))
		}
	}
	sure := func(name string) bool { return len(p.guessed[name]) == 0 }
	if p.out.Telematics.Fitted == telematics.Yes && !slices.ContainsFunc(p.out.Telematics.Units, sure) {
		p.out.Telematics.Fitted = telematics.Unknown
	}
}

// compareVINs: a telematics unit with another VIN came from another car; any
// other unit with another VIN makes the car's own doubtful.
func (p *pass) compareVINs() {
	vin := p.out.Vehicle.VIN
	for _, v := range p.vins {
		switch {
		case vin == "" || v.value == vin:
		case v.telematics:
			p.find(telematics.VINSwapped, v.unit, v.value)
		default:
			p.find(telematics.VINConflict, v.unit, vin, v.value)
		}
	}
}

// byUnit compares units' names by the order of the profile; what the profile
// does not have comes behind it.
func (p *pass) byUnit() func(a, b string) int {
	order := map[string]int{"": -1}
	units := p.knownUnits()
	for i, u := range units {
		order[u.Name] = i
	}
	place := func(name string) int {
		if i, known := order[name]; known {
			return i
		}
		return len(units)
	}
	return func(a, b string) int { return cmp.Or(place(a)-place(b), cmp.Compare(a, b)) }
}

// sort makes the order of what units asked side by side gave that of the
// profile.
func (p *pass) sort() {
	by := p.byUnit()
	slices.SortStableFunc(p.out.Units, func(a, b telematics.Unit) int { return by(a.Name, b.Name) })
	slices.SortStableFunc(p.out.Identifiers, func(a, b telematics.ReadIdentifier) int { return by(a.Unit, b.Unit) })
	slices.SortStableFunc(p.out.Signals, func(a, b telematics.Signal) int { return by(a.Unit, b.Unit) })
	slices.SortStableFunc(p.out.Refusals, func(a, b telematics.Refusal) int { return by(a.Unit, b.Unit) })
	slices.SortStableFunc(p.out.TroubleCodes, func(a, b telematics.TroubleCode) int { return by(a.Unit, b.Unit) })
	slices.SortStableFunc(p.out.Findings, func(a, b telematics.Finding) int { return by(a.Unit, b.Unit) })
}
