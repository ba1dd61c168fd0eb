package profiles

import (
	"slices"

	"github.com/untether-obd/untether/obd/guard"
)

// readVIN is vehicleIdentificationNumber of ISO 14229-1.
var readVIN = Hex{0x22, 0xF1, 0x90}

// VINUnits gives the units to ask for the car's VIN where OBD does not give
// it: gateways, engines and bodies of all profiles and of the address table,
// each address once, with VIN set to the request. A telematics unit is never
// among them: it may come from another car.
func (s *Set) VINUnits() []Unit {
	var units []Unit
	for _, p := range s.profiles {
		for _, u := range p.Units {
			units = addVINUnit(units, u)
		}
	}
	for _, e := range s.addresses {
		if u, ok := e.unit(Network{}); ok {
			units = addVINUnit(units, u)
		}
	}
	return units
}

func addVINUnit(units []Unit, u Unit) []Unit {
	if u.VIN == nil && u.Dialect == guard.UDS {
		u.VIN = readVIN
	}
	knowsCar := u.Role == Gateway || u.Role == Engine || u.Role == Body
	if !knowsCar || u.VIN == nil || slices.ContainsFunc(units, u.sameAddress) {
		return units
	}
	return append(units, u)
}
