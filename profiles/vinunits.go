package profiles

import (
	"slices"

	"github.com/untether-obd/untether/obd/guard"
)

// VINUnits gives the units to ask for the VIN of a car that has not told it:
// the gateways, engines and bodies of all makes that speak UDS, and what a
// profile names a VIN request for. Each address comes once, gateways first; a
// telematics unit is never among them.
func (s *Set) VINUnits() []Unit {
	var units []Unit
	add := func(u Unit) {
		if u.Role != Telematics && len(u.VIN) > 0 && !slices.ContainsFunc(units, u.sameAddress) {
			units = append(units, u)
		}
	}
	for _, p := range s.profiles {
		for _, u := range p.Units {
			if len(u.VIN) == 0 {
				u.VIN = standardVIN(u.Role, u.Dialect)
			}
			add(u)
		}
	}
	for _, e := range s.addresses {
		if u, ok := e.unit(Network{}); ok {
			u.VIN = standardVIN(u.Role, u.Dialect)
			add(u)
		}
	}
	slices.SortStableFunc(units, func(a, b Unit) int { return vinRank(a.Role) - vinRank(b.Role) })
	return units
}

// standardVIN is the VIN's identifier in ISO 14229-1, for the roles that hold
// the car's own.
func standardVIN(r Role, d guard.Dialect) Hex {
	if d == guard.UDS && (r == Gateway || r == Engine || r == Body) {
		return Hex{0x22, 0xF1, 0x90}
	}
	return nil
}

func vinRank(r Role) int {
	if i := slices.Index([]Role{Gateway, Engine, Body}, r); i >= 0 {
		return i
	}
	return 3
}
