package inspect

import (
	"context"
	"slices"

	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
)

// target is a unit to ask. A probe is a guess: it is asked first whether
// anybody is there, and told of only then.
type target struct {
	profiles.Unit
	probe bool
}

// choose picks the profile and gives the units to ask.
//
// Besides those of the profile these are the addresses at which any make has
// its telematics unit: a car may have a second one, of another supplier. An
// address that others use is left alone, as is a unit on another network.
func (p *pass) choose(ctx context.Context) ([]target, error) {
	c, err := p.candidate(ctx)
	if err != nil {
		return nil, err
	}
	p.choice = c
	p.out.Vehicle.Make, p.out.Vehicle.ModelYear = c.Make, c.ModelYear
	var targets, strangers []target
	if p.kline {
		return nil, nil // units of profiles are on CAN
	}
	for _, u := range c.Profile.Units {
		t := target{u, c.Profile.ID == profiles.GenericID}
		switch {
		case p.isApart(u.Network):
			p.apart = append(p.apart, t)
		case p.bitrate == 0 || u.Network.Bitrate == p.bitrate:
			targets = append(targets, t)
			if p.inUse(u.Address) {
				p.find(telematics.IdentifierShared, u.Name, u.Address.String())
			}
		case !t.probe:
			strangers = append(strangers, t)
		}
	}
	for _, u := range p.o.Profiles.Candidates("", profiles.Network{Bitrate: p.bitrate}) {
		taken := func(t target) bool { return t.Address == u.Address }
		if !p.inUse(u.Address) && !slices.ContainsFunc(targets, taken) {
			targets = append(targets, target{u, true})
			p.guess(u)
		}
	}
	for _, t := range targets {
		p.declare(t.Unit)
	}
	p.estranged(strangers)
	return targets, nil
}

// guess notes the makes that have a unit at an address, unless the car's is one
// of them.
func (p *pass) guess(u profiles.Unit) {
	if _, makes, _ := p.o.Profiles.Roles(u.Address); !slices.Contains(makes, p.choice.Make) {
		p.guessed[u.Name] = makes
	}
}

// candidate goes by the VIN. Without one it asks for what only one make's
// units answer.
func (p *pass) candidate(ctx context.Context) (profiles.Candidate, error) {
	found := p.o.Profiles.Match(profiles.Query{VIN: p.out.Vehicle.VIN, ID: p.o.Profile})
	best := found[0]
	if best.MatchedBy == telematics.MatchedByNothing && p.out.Vehicle.VIN == "" {
		if c, err := p.fingerprint(ctx); err != nil || c.Profile != nil {
			return c, err
		}
	}
	for _, c := range found[1:] { // several profiles of one make: the first whose unit is there
		there, err := p.anyThere(ctx, best)
		if err != nil || there {
			return best, err
		}
		best = c
	}
	return best, nil
}

func (p *pass) anyThere(ctx context.Context, c profiles.Candidate) (bool, error) {
	for _, u := range c.Profile.Units {
		if p.isApart(u.Network) {
			continue
		}
		t, err := p.dial(ctx, target{u, true})
		if beyond(err) {
			continue
		}
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
	t, err := p.dial(ctx, target{u, true})
	if err != nil {
		return false, unlessBeyond(err)
	}
	defer t.close(ctx)
	t.silent = true
	answers, err := t.readAll(ctx)
	return !p.redacted && len(answers) == 1 && check.Holds(answers[0].message), err
}

// matched says what the choice rests on in the end.
func (p *pass) matched() telematics.MatchedProfile {
	c := p.choice
	if c.Profile == nil {
		return telematics.MatchedProfile{}
	}
	for _, u := range p.out.Units {
		if u.Answered {
			c = c.UnitAnswered()
		}
	}
	return telematics.MatchedProfile{ID: c.Profile.ID, Version: c.Profile.Version, MatchedBy: c.MatchedBy}
}
