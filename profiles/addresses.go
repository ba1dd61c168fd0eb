package profiles

import (
	"cmp"
	"io/fs"
	"slices"

	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
)

// entry is one row of the address table: a unit that makes are known to have
// at an address.
type entry struct {
	Makes      []string          `yaml:"makes" required:"true"`
	Role       Role              `yaml:"role" required:"true" enum:"telematics head-unit gateway body cluster engine other"`
	Name       string            `yaml:"name" required:"true"`
	Address    transport.Address `yaml:"address" required:"true"`
	Dialects   []guard.Dialect   `yaml:"dialects"` // empty: not known, so never asked
	Pins       []string          `yaml:"pins"`     // OBD-II connector pins, one or the other; empty: not known
	Bitrate    int               `yaml:"bitrate" required:"true"`
	Confidence Confidence        `yaml:"confidence" required:"true" enum:"standard official multiple single inferred"`
	Source     string            `yaml:"source" required:"true"`
}

func readAddresses(fsys fs.FS, name string) ([]entry, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	root, err := parse(name, data)
	if err != nil {
		return nil, err
	}
	var table struct {
		Units []entry `yaml:"units" required:"true"`
	}
	_, err = decode(name, root, &table)
	return table.Units, err
}

// Roles tells what is known to sit at a pair of identifiers whatever the make:
// the makes that list the pair, and the unit's role if all of them agree on
// it. A pair is the same with and without CAN FD.
func (s *Set) Roles(a transport.Address) (role Role, makes []string, agree bool) {
	for _, e := range s.listing(a) {
		switch {
		case len(makes) == 0:
			role, agree = e.Role, true
		case e.Role != role:
			agree = false
		}
		makes = append(makes, e.Makes...)
	}
	if !agree {
		role = ""
	}
	slices.Sort(makes)
	return role, slices.Compact(makes), agree
}

func (s *Set) listing(a transport.Address) (found []entry) {
	a.FD = false
	for _, e := range s.addresses {
		if e.Address == a {
			found = append(found, e)
		}
	}
	return found
}

// Candidates gives the units to ask on a car without a profile of its own:
// every address at which a make has its telematics unit, once, with the
// generic profile's reads, in the order of the addresses' texts. It is the
// addresses of the car's make where the table has any, else those of all
// makes. A zero field of n stands for any network.
func (s *Set) Candidates(maker string, n Network) []Unit {
	generic, ok := s.ByID(GenericID)
	if !ok {
		return nil
	}
	all := candidates(s.addresses, n, generic.Reads)
	own := candidates(s.listed(maker), n, generic.Reads)
	if len(own) == 0 {
		return all
	}
	return own
}

// Places gives where units are known to be on a network and in which dialect,
// those of the car's make first, then the telematics units of all others; of
// a make that the table does not know, everybody's. Each address comes once.
func (s *Set) Places(maker string, n Network) (units []Unit) {
	own := s.listed(maker)
	others := s.addresses
	if len(own) > 0 {
		others = slices.DeleteFunc(slices.Clone(others), func(e entry) bool { return e.Role != Telematics })
	}
	for _, e := range slices.Concat(own, others) {
		pins, ok := e.on(n)
		u := Unit{Name: e.Name, Role: e.Role, Network: Network{Pins: pins, Bitrate: e.Bitrate}, Address: e.Address}
		if ok && len(e.Dialects) > 0 && !slices.ContainsFunc(units, u.sameAddress) {
			u.Dialect = e.Dialects[0]
			units = append(units, u)
		}
	}
	return units
}

func (s *Set) listed(maker string) (found []entry) {
	for _, e := range s.addresses {
		if slices.Contains(e.Makes, maker) {
			found = append(found, e)
		}
	}
	return found
}

func candidates(entries []entry, n Network, reads []Read) (units []Unit) {
	for _, e := range entries {
		if u, ok := e.candidate(n, reads); ok && !slices.ContainsFunc(units, u.sameAddress) {
			units = append(units, u)
		}
	}
	slices.SortFunc(units, func(a, b Unit) int { return cmp.Compare(a.Name, b.Name) })
	return units
}

func (u Unit) sameAddress(other Unit) bool { return u.Address == other.Address }

// candidate is the unit to ask at a telematics unit's address. Generic reads
// are UDS; what is known to speak something else only is left to its make's
// profile.
func (e entry) candidate(n Network, reads []Read) (Unit, bool) {
	u, ok := e.unit(n)
	u.Name = "TCU " + e.Address.String()
	u.Reads = reads
	u.Confidence = Inferred // the table speaks of other models, often of other makes
	return u, ok && e.Role == Telematics
}

// unit is an entry that speaks UDS and may be on a network.
func (e entry) unit(n Network) (Unit, bool) {
	pins, ok := e.on(n)
	return Unit{
		Name:       e.Name,
		Role:       e.Role,
		Network:    Network{Pins: pins, Bitrate: e.Bitrate},
		Address:    e.Address,
		Dialect:    guard.UDS,
		Confidence: e.Confidence,
		Source:     e.Source,
	}, ok && slices.Contains(e.Dialects, guard.UDS)
}

// on reports whether the entry's unit may be on a network, and at which pins.
func (e entry) on(n Network) (pins string, ok bool) {
	switch {
	case n.Bitrate != 0 && n.Bitrate != e.Bitrate:
		return "", false
	case len(e.Pins) == 0 || slices.Contains(e.Pins, n.Pins):
		return n.Pins, true
	}
	return e.Pins[0], n.Pins == ""
}
