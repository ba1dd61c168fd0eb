package inspect

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/passive"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
)

// Recording inspects what somebody else asked a car and what it answered.
// Nothing is sent. Start and duration are the recording's, so that the same
// file gives the same inspection.
func Recording(rec adapter.Recording, o Options) (*telematics.Inspection, error) {
	p := newPass(o, rec.Info())
	units, err := p.listen(rec)
	p.overheardVIN(units)
	found := o.Profiles.Match(profiles.Query{VIN: p.out.Vehicle.VIN, ID: o.Profile})
	if len(found) == 0 {
		return p.out, p.unknownProfile()
	}
	p.choice = found[0]
	p.out.Vehicle.Make, p.out.Vehicle.ModelYear = found[0].Make, found[0].ModelYear
	for _, u := range units {
		p.overheard(u)
	}
	if !p.askedTelematics() {
		p.find(telematics.NothingAsked, "")
	}
	p.finish()
	return p.out, err
}

func (p *pass) askedTelematics() bool {
	return slices.ContainsFunc(p.out.Units, func(u telematics.Unit) bool { return u.Role == string(profiles.Telematics) })
}

// listen reads the whole recording. Lines that cannot be read are counted.
func (p *pass) listen(rec adapter.Recording) ([]passive.Unit, error) {
	l := passive.NewListener()
	var first, last time.Time
	var remarks remarks
	for rx, err := range rec.Frames() {
		switch {
		case remarks.add(err):
			continue
		case err != nil:
			return nil, err
		}
		if first.IsZero() {
			first = rx.Time
		}
		if rx.Time.After(last) {
			last = rx.Time
		}
		l.Observe(&rx)
	}
	p.out.Started, p.out.DurationMS = first, last.Sub(first).Milliseconds()
	remarks.tell(p)
	if l.Full() {
		p.find(telematics.RecordingFull, "")
	}
	return l.Units(), nil
}

// remarks counts the places of a recording that hold no usable frame.
type remarks struct {
	n     int
	first *adapter.RemarkError
}

func (r *remarks) add(err error) bool {
	var remark *adapter.RemarkError
	if !errors.As(err, &remark) {
		return false
	}
	if r.n++; r.first == nil {
		r.first = remark
	}
	return true
}

func (r *remarks) tell(p *pass) {
	if r.n > 0 {
		p.find(telematics.RecordingLine, "", r.n, r.first.Line)
	}
}

// overheardVIN takes the car's VIN from an answer of a unit that is not known
// to be a telematics unit.
func (p *pass) overheardVIN(units []passive.Unit) {
	for _, u := range units {
		if role, _, _ := p.o.Profiles.Roles(u.Address); role == profiles.Telematics {
			continue
		}
		for _, x := range u.Exchanges {
			request := profiles.Hex(x.Request).String()
			if n, ok := vinAt[request]; ok && x.Outcome == passive.Answered && len(x.Response) >= n+17 {
				id, _, _ := strings.Cut(u.Address.String(), "/")
				p.takeVIN(telematics.Text(x.Response[n:n+17]).Text, id+" "+request)
			}
		}
	}
}

// vinAt is where the VIN begins in the answers to standard requests.
var vinAt = map[string]int{"09 02": 3, "22 F190": 3, "22 F802": 4}

// overheard puts one unit's conversation into the result.
func (p *pass) overheard(u passive.Unit) {
	t := &talk{p: p, unit: target{Unit: p.unitAt(u.Address)}}
	known := map[string]*profiles.Read{}
	for i := range t.unit.Reads {
		known[string(t.unit.Reads[i].Request)] = &t.unit.Reads[i]
	}
	distinct := map[string]bool{}
	for _, x := range u.Exchanges {
		t.overheardOne(x)
		if x.Outcome != passive.Answered || !isRead(x.Request) || distinct[string(x.Request)] {
			continue
		}
		distinct[string(x.Request)] = true
		if r := known[string(x.Request)]; r != nil {
			t.keep([]answer{{read: r, message: x.Response}})
		}
	}
	p.addUnit(t.unit.Unit, true, len(distinct))
}

// unitAt is the profile's unit at an address. For others the role is that on
// which all makes agree that list the address.
func (p *pass) unitAt(a transport.Address) profiles.Unit {
	unit := profiles.Unit{Name: unitName(a), Role: profiles.Other, Address: a, Dialect: guard.UDS}
	if role, _, agree := p.o.Profiles.Roles(a); agree {
		unit.Role = role
	}
	known := p.knownUnits()
	if generic, ok := p.o.Profiles.ByID(profiles.GenericID); ok {
		unit.Reads = generic.Reads
		known = append(known, generic.Units...)
	}
	for _, u := range known {
		if u.Address == a {
			return u
		}
	}
	return unit
}

func (p *pass) knownUnits() []profiles.Unit {
	if p.choice.Profile == nil {
		return nil
	}
	return slices.Clone(p.choice.Profile.Units)
}

// overheardOne counts one request. One that wanted no answer, and one whose
// time the recording cut short, say nothing.
func (t *talk) overheardOne(x passive.Exchange) {
	switch x.Outcome {
	case passive.Answered:
		t.p.count(func(c *telematics.Coverage) { c.Answered++ })
	case passive.Torn:
		t.p.count(func(c *telematics.Coverage) { c.Answered++ })
		t.tell(telematics.SequenceBroken, profiles.Hex(x.Request[:min(3, len(x.Request))]).String())
	case passive.Refused:
		t.p.count(func(c *telematics.Coverage) { c.Refused++ })
		if no, ok := uds.ParseNegative(x.Response); ok {
			t.p.refuse(t.unit.Name, x.Request[:min(3, len(x.Request))], no.Code)
		}
	case passive.Silent:
		t.p.count(func(c *telematics.Coverage) { c.Silent++ })
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
