package inspect

import (
	"slices"
	"strings"

	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/passive"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
)

// overheardVIN takes the car's VIN from an answer of a unit that is not known
// to be a telematics unit. Of one that only answers were heard of that shows
// only where its address is reserved.
func (p *pass) overheardVIN(units []passive.Unit) {
	for _, u := range units {
		if role, _, _ := p.o.Profiles.Roles(u.Address); role == profiles.Telematics || u.Address.TX == 0 {
			continue
		}
		for _, x := range u.Exchanges {
			request := profiles.Hex(x.Asked()).String()
			if vin, ok := vinIn(request, x); ok {
				id, _, _ := strings.Cut(u.Address.String(), "/")
				p.takeVIN(telematics.Text(vin).Text, id+" "+request)
			}
		}
	}
}

// vinAt is where the VIN begins in the answers to standard requests.
var vinAt = map[string]int{"09 02": 3, "22 F190": 3, "22 F802": 4}

// vinIn cuts the VIN out of an answer. Where the request was not heard nothing
// else may stand behind it.
func vinIn(request string, x passive.Exchange) ([]byte, bool) {
	const length = 17
	n, ok := vinAt[request]
	switch {
	case !ok || len(x.Response) < n+length:
		return nil, false
	case x.Outcome == passive.Unasked && len(x.Response) > n+length, x.Outcome != passive.Answered && x.Outcome != passive.Unasked:
		return nil, false
	}
	return x.Response[n : n+length], true
}

// overheard puts one unit's conversation into the result.
func (p *pass) overheard(u passive.Unit) {
	t := &talk{p: p, unit: target{Unit: p.unitOf(u)}}
	known := map[string]*profiles.Read{}
	for i := range t.unit.Reads {
		known[string(t.unit.Reads[i].Request)] = &t.unit.Reads[i]
	}
	distinct := map[string]bool{}
	for _, x := range u.Exchanges {
		t.overheardOne(x)
		request := string(x.Asked())
		if !answeredWhole(x) || !isRead([]byte(request)) || distinct[request] {
			continue
		}
		distinct[request] = true
		if r := known[request]; r != nil && (x.Outcome == passive.Answered || t.standsAlone(r, x.Response)) {
			t.keep([]answer{{read: r, message: x.Response}})
		}
	}
	t.tellHeard(u)
	p.list(telematics.Unit{
		Role: string(t.unit.Role), Name: t.unit.Name, Address: u.Where(), Dialect: string(u.Dialect),
		Answered: u.Heard != passive.OnlyRequests, DistinctReads: len(distinct),
	})
}

func answeredWhole(x passive.Exchange) bool {
	return x.Outcome == passive.Answered || x.Outcome == passive.Unasked
}

// tellHeard tells which halves of a conversation are missing.
func (t *talk) tellHeard(u passive.Unit) {
	silent := u.Skipped
	for _, x := range u.Exchanges {
		if x.Outcome == passive.Silent || x.Outcome == passive.Cut {
			silent++
		}
	}
	switch {
	case u.Heard == passive.OnlyAnswers:
		t.tell(telematics.OnlyAnswers, u.Orphans)
	case u.Heard == passive.OnlyRequests:
		t.tell(telematics.OnlyRequests, silent)
		t.p.countSilent(u.Skipped)
	case u.Orphans+silent > 0:
		t.tell(telematics.HalfHeard, u.Orphans, silent)
	}
}

// unitOf is the profile's unit of a conversation: at its address, in its
// dialect if it has two. Of a half-heard one it is the only pair whose known
// identifier it is.
func (p *pass) unitOf(u passive.Unit) profiles.Unit {
	if u.Where() == u.Address.String() {
		return p.unitIn(u.Address, string(u.Dialect))
	}
	var pairs []transport.Address
	for _, known := range p.knownUnits() {
		if a := known.Address; halfOf(u, a) && !slices.Contains(pairs, a) {
			pairs = append(pairs, a)
		}
	}
	if len(pairs) == 1 {
		return p.unitIn(pairs[0], string(u.Dialect))
	}
	return profiles.Unit{Name: u.Where(), Role: profiles.Other, Address: u.Address, Reads: p.genericReads()}
}

// halfOf reports whether what was heard can be a conversation at an address.
func halfOf(u passive.Unit, a transport.Address) bool {
	if u.Heard == passive.OnlyAnswers {
		a.TX, a.TXAE = 0, 0
	} else {
		a.RX, a.RXLast, a.RXAE = 0, 0, 0
	}
	return a == u.Address
}

// unitIn prefers, of what is one unit in two dialects, the one that speaks it.
func (p *pass) unitIn(a transport.Address, dialect string) profiles.Unit {
	for _, u := range p.knownUnits() {
		if u.Address == a && u.Dialect.String() == dialect {
			return u
		}
	}
	return p.unitAt(a)
}

// unitAt is the profile's unit at an address. For others the role is that on
// which all makes agree that list the address.
func (p *pass) unitAt(a transport.Address) profiles.Unit {
	unit := profiles.Unit{Name: unitName(a), Role: profiles.Other, Address: a, Dialect: guard.UDS, Reads: p.genericReads()}
	if role, _, agree := p.o.Profiles.Roles(a); agree {
		unit.Role = role
	}
	known := p.knownUnits()
	if generic, ok := p.o.Profiles.ByID(profiles.GenericID); ok {
		known = append(known, generic.Units...)
	}
	for _, u := range known {
		if u.Address == a {
			return u
		}
	}
	return unit
}

func (p *pass) genericReads() []profiles.Read {
	if generic, ok := p.o.Profiles.ByID(profiles.GenericID); ok {
		return generic.Reads
	}
	return nil
}

func (p *pass) knownUnits() []profiles.Unit {
	if p.choice.Profile == nil {
		return nil
	}
	return slices.Clone(p.choice.Profile.Units)
}

// overheardOne counts one request. One that wanted no answer says nothing, and
// an answer whose request was not recorded is no request.
func (t *talk) overheardOne(x passive.Exchange) {
	asked := x.Asked()
	request := asked[:min(3, len(asked))]
	switch x.Outcome {
	case passive.Answered:
		t.p.count(func(c *telematics.Coverage) { c.Answered++ })
	case passive.Torn:
		if x.Request != nil {
			t.p.count(func(c *telematics.Coverage) { c.Answered++ })
		}
		t.tell(telematics.SequenceBroken, profiles.Hex(request).String())
	case passive.Refused:
		t.p.count(func(c *telematics.Coverage) { c.Refused++ })
		if no, ok := uds.ParseNegative(x.Response); ok {
			t.p.refuse(t.unit.Name, request, no.Code)
		}
	case passive.Silent, passive.Cut:
		t.p.countSilent(1)
	}
}

func (p *pass) countSilent(n int) {
	for range n {
		p.count(func(c *telematics.Coverage) { c.Silent++ })
	}
}

// isRead reports whether a request reads data: 01 02 06 09, 1A 21 22.
func isRead(req []byte) bool {
	if len(req) < 2 {
		return false
	}
	switch req[0] {
	case 0x01, 0x02, 0x06, 0x09, 0x1A, 0x21, 0x22:
		return true
	}
	return false
}
