package inspect

import (
	"context"

	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
)

// choice is the profile that a car is read with.
type choice struct {
	profiles.Candidate
	probe bool // its units are guesses: ask first whether anybody is there
}

// choose picks the profile and gives the units to ask.
func (p *pass) choose(ctx context.Context) ([]profiles.Unit, error) {
	c, err := p.candidate(ctx)
	if err != nil {
		return nil, err
	}
	p.choice = c
	p.out.Vehicle.Make, p.out.Vehicle.ModelYear = c.Make, c.ModelYear
	units := c.Profile.Units
	if c.probe {
		units = append(units[:len(units):len(units)], p.o.Profiles.Candidates(c.Make, profiles.Network{})...)
	}
	for _, u := range units {
		p.declare(u)
	}
	return units, nil
}

// candidate goes by the VIN. Without one it asks for what only one make's
// units answer.
func (p *pass) candidate(ctx context.Context) (choice, error) {
	found := p.o.Profiles.Match(profiles.Query{VIN: p.out.Vehicle.VIN, ID: p.o.Profile})
	best := found[0]
	if best.MatchedBy == profiles.ByGeneric && p.out.Vehicle.VIN == "" {
		if c, err := p.fingerprint(ctx); err != nil || c.Profile != nil {
			return choice{Candidate: c}, err
		}
	}
	for _, c := range found[1:] { // several profiles of one make: the first whose unit is there
		there, err := p.anyThere(ctx, best)
		if err != nil || there {
			return choice{Candidate: best}, err
		}
		best = c
	}
	return choice{Candidate: best, probe: best.Profile.ID == profiles.GenericID}, nil
}

func (p *pass) anyThere(ctx context.Context, c profiles.Candidate) (bool, error) {
	for _, u := range c.Profile.Units {
		t, err := p.dial(ctx, u)
		if err != nil {
			return false, err
		}
		there, err := t.there(ctx)
		t.close(ctx)
		if err != nil || there {
			return there, err
		}
	}
	return false, nil
}

// fingerprint gives the first profile all of whose checks hold.
func (p *pass) fingerprint(ctx context.Context) (profiles.Candidate, error) {
	for _, probe := range p.o.Profiles.Fingerprints() {
		holds := true
		for _, check := range probe.Checks {
			ok, err := p.holds(ctx, check)
			if err != nil {
				return profiles.Candidate{}, err
			}
			if holds = ok; !ok {
				break
			}
		}
		if holds {
			return probe.Candidate(), nil
		}
	}
	return profiles.Candidate{}, nil
}

// holds asks for one read, in a session if the unit refuses it outside one.
// It is a probe and does not count as a request.
func (p *pass) holds(ctx context.Context, check profiles.Check) (bool, error) {
	u := check.Unit
	u.Reads = []profiles.Read{check.Read}
	p.declare(u)
	t, err := p.dial(ctx, u)
	if err != nil {
		return false, err
	}
	defer t.close(ctx)
	t.silent = true
	answers, err := t.readAll(ctx)
	return len(answers) == 1 && check.Holds(answers[0].message), err
}

// matched says what the choice rests on in the end.
func (p *pass) matched() telematics.MatchedProfile {
	c := p.choice.Candidate
	if c.Profile == nil {
		return telematics.MatchedProfile{}
	}
	for _, u := range p.out.Units {
		if u.Answered {
			c = c.UnitAnswered()
		}
	}
	return telematics.MatchedProfile{ID: c.Profile.ID, Version: c.Profile.Version, MatchedBy: telematics.MatchedBy(c.MatchedBy)}
}
