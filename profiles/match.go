package profiles

import (
	"cmp"
	"slices"
	"strings"

	"github.com/untether-obd/untether/telematics"
)

// Query is what is known of a car.
type Query struct {
	VIN string // empty: not read
	ID  string // a profile that the user named; empty: none
}

// Candidate is a profile that may be the car's.
type Candidate struct {
	Profile   *Profile
	MatchedBy telematics.MatchedBy
	Make      string // empty: not known
	ModelYear int    // 0: the VIN does not tell
}

// UnitAnswered is the candidate after one of the profile's units answered.
func (c Candidate) UnitAnswered() Candidate {
	if c.MatchedBy == telematics.MatchedByWMI {
		c.MatchedBy = telematics.MatchedByWMIAndUnit
	}
	return c
}

// Match gives the profiles that may be the car's, best first: those of the
// VIN's WMI whose years include the model year, narrower ranges before wider,
// then by id. A profile whose years exclude a known model year is none. Where
// nothing fits it is the generic profile alone, with the make if its WMI is
// known. It is empty only if the named profile does not exist or the set has
// no generic one.
func (s *Set) Match(q Query) []Candidate {
	vin := strings.ToUpper(strings.TrimSpace(q.VIN))
	if q.ID != "" {
		return s.single(q.ID, vin, telematics.MatchedByUser)
	}
	var found []Candidate
	for _, p := range s.profiles {
		c := candidate(p, vin, telematics.MatchedByWMI)
		if p.ID != GenericID && c.Make != "" && p.Match.includes(c.ModelYear) {
			found = append(found, c)
		}
	}
	if len(found) == 0 {
		return s.single(GenericID, vin, telematics.MatchedByNothing)
	}
	slices.SortStableFunc(found, func(a, b Candidate) int {
		return cmp.Compare(a.Profile.Match.span(), b.Profile.Match.span())
	})
	return found
}

func (s *Set) single(id, vin string, by telematics.MatchedBy) []Candidate {
	p, ok := s.ByID(id)
	if !ok {
		return nil
	}
	c := candidate(p, vin, by)
	if c.Make == "" {
		c.Make, c.ModelYear = s.maker(vin)
	}
	return []Candidate{c}
}

func candidate(p *Profile, vin string, by telematics.MatchedBy) Candidate {
	c := Candidate{Profile: p, MatchedBy: by}
	if v, err := telematics.ParseVIN(vin); err == nil {
		c.Make = p.Match.WMI[v.WMI()]
		c.ModelYear, _ = v.ModelYear(p.Match.ModelYear)
	}
	return c
}

// maker reads a VIN with whichever profile knows its WMI.
func (s *Set) maker(vin string) (name string, year int) {
	for _, p := range s.profiles {
		if c := candidate(p, vin, telematics.MatchedByWMI); c.Make != "" {
			return c.Make, c.ModelYear
		}
	}
	year, _ = telematics.VIN(vin).ModelYear(false)
	return "", year
}

// includes reports whether a model year fits; an unknown one does.
func (m Match) includes(year int) bool {
	return year == 0 || (m.YearFrom == 0 || year >= m.YearFrom) && (m.YearTo == 0 || year <= m.YearTo)
}

// span is how many years the profile is for.
func (m Match) span() int {
	const open = 1000
	if m.YearFrom == 0 || m.YearTo == 0 {
		return open
	}
	return m.YearTo - m.YearFrom
}

// Probe is a profile that can be told without a VIN, if all Checks hold.
type Probe struct {
	Profile *Profile
	Checks  []Check
}

// Check is one request of a fingerprint.
type Check struct {
	Unit   Unit
	Read   Read
	Prefix Hex // the answer starts with this
}

// Holds reports whether an answer is the one that the check looks for.
func (c Check) Holds(answer []byte) bool {
	return len(answer) >= len(c.Prefix) && slices.Equal(answer[:len(c.Prefix)], c.Prefix)
}

// Candidate is the profile once every check held. The make is that of the
// profile only where the fingerprint is certain.
func (p Probe) Candidate() Candidate {
	c := Candidate{Profile: p.Profile, MatchedBy: telematics.MatchedByFingerprint}
	if p.Profile.Match.Certain && len(p.Profile.Makes) > 0 {
		c.Make = p.Profile.Makes[0]
	}
	return c
}

// Fingerprints gives what to ask of a car whose VIN cannot be read, by id.
func (s *Set) Fingerprints() []Probe {
	var probes []Probe
	for _, p := range s.profiles {
		if checks := p.checks(); len(checks) > 0 {
			probes = append(probes, Probe{p, checks})
		}
	}
	return probes
}

// checks is empty unless every part of the fingerprint names a unit's read.
func (p *Profile) checks() (checks []Check) {
	for _, f := range p.Match.Fingerprint {
		u, r, ok := p.find(f)
		if !ok {
			return nil
		}
		checks = append(checks, Check{Unit: *u, Read: *r, Prefix: f.Response})
	}
	return checks
}

func (p *Profile) find(f Fingerprint) (*Unit, *Read, bool) {
	for i := range p.Units {
		u := &p.Units[i]
		for j := range u.Reads {
			if u.Name == f.Unit && slices.Equal(u.Reads[j].Request, f.Request) {
				return u, &u.Reads[j], true
			}
		}
	}
	return nil, nil, false
}
