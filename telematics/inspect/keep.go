package inspect

import (
	"bytes"
	"slices"

	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
)

// keep puts what the answers mean into the result and gives how many different
// reads were answered.
func (t *talk) keep(answers []answer) (reads int) {
	for _, a := range answers {
		if a.err != nil || len(a.message) == 0 {
			continue
		}
		if reads++; t.p.redacted {
			continue
		}
		if len(a.message) < len(a.read.Request) || !bytes.Equal(a.message[1:len(a.read.Request)], a.read.Request[1:]) {
			t.tell(telematics.AnswerMalformed, a.read.Request.String())
			continue
		}
		meant, err := decode(a.read, a.message[len(a.read.Request):])
		if err != nil {
			t.tell(telematics.AnswerMalformed, a.read.Request.String())
		}
		t.p.keepReading(t.unit.Unit, a.read, meant)
	}
	return reads
}

func (p *pass) keepReading(u profiles.Unit, r *profiles.Read, m reading) {
	request := r.Request.String()
	for _, id := range m.identifiers {
		p.keepIdentifier(u, r, id)
	}
	for _, raw := range m.unknown {
		p.find(telematics.ValueUnknown, u.Name, request, raw)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range m.signals {
		p.out.Signals = append(p.out.Signals, telematics.Signal{Name: s.name, Value: s.value, Raw: s.raw, Unit: u.Name, Request: request})
	}
}

func (p *pass) keepIdentifier(u profiles.Unit, r *profiles.Read, id telematics.Identifier) {
	request := r.Request.String()
	switch {
	case !id.Stored() && id.Kind == telematics.KindVIN:
		p.find(telematics.VINWiped, u.Name)
		return
	case !id.Stored():
		p.judge(telematics.IdentifierBlank, u.Name, request, id)
		return
	case !id.Valid:
		p.judge(telematics.IdentifierInvalid, u.Name, request, id)
	case id.Problem != "":
		p.judge(telematics.IdentifierRemark, u.Name, request, id)
	}
	out := telematics.ReadIdentifier{
		Kind: id.Kind, Masked: id.Masked(), Valid: id.Valid, Unit: u.Name, Request: request,
		Source: r.Source, Confidence: string(r.Confidence),
	}
	if p.o.Reveal {
		out.Value = id.Value
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if id.Kind == telematics.KindVIN {
		p.vins = append(p.vins, storedVIN{unit: u.Name, value: id.Value, telematics: u.Role == profiles.Telematics})
	}
	if !p.known(id, u.Name) {
		p.out.Identifiers = append(p.out.Identifiers, out)
	}
}

// known reports whether the unit gave this very identifier before, in answer
// to another request. p.mu is held.
func (p *pass) known(id telematics.Identifier, unit string) bool {
	k := unit + " " + string(id.Kind) + " " + id.Value
	if p.seen[k] {
		return true
	}
	p.seen[k] = true
	return false
}

// judge tells what is wrong with an identifier, or remarkable.
func (p *pass) judge(f telematics.FindingID, unit, request string, id telematics.Identifier) {
	p.find(f, unit, request, p.o.Printer.Kind(id.Kind), p.o.Printer.Problem(id.Problem))
}

// add lists the unit, unless it is a guess or a recording has nothing of it and
// nothing was heard. One whose words may have been lost in the adapter is not
// called silent.
func (t *talk) add(reads int) {
	if !t.heard && (t.unit.probe || t.blank()) {
		return
	}
	out := listed(t.unit.Unit)
	out.Answered, out.DistinctReads = t.heard, reads
	switch {
	case t.heard:
		out.Dialect = t.unit.Dialect.String()
	case !t.spoilt:
		t.p.find(telematics.UnitSilent, t.unit.Name)
	}
	t.p.list(out)
}

// listed is a unit of which nothing is known yet.
func listed(u profiles.Unit) telematics.Unit {
	return telematics.Unit{Role: string(u.Role), Name: u.Name, Address: u.Address.String()}
}

func (p *pass) list(u telematics.Unit) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.out.Units = append(p.out.Units, u)
}

// find adds a finding, each only once a unit.
func (p *pass) find(id telematics.FindingID, unit string, args ...any) {
	f := telematics.Finding{ID: id, Severity: id.Severity(), Unit: unit, Summary: p.o.Printer.Finding(id, args...)}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Contains(p.out.Findings, f) {
		p.out.Findings = append(p.out.Findings, f)
	}
}
