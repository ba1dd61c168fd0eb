package inspect

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
)

// storedVIN is a VIN that some unit other than the car's own source gave.
type storedVIN struct {
	unit, value string
	telematics  bool
}

// account counts a request and tells what went wrong with it.
func (t *talk) account(req []byte, err error) {
	if t.silent || errors.Is(err, guard.ErrDenied) || fatal(err) || t.unit.probe && !t.heard {
		return
	}
	var no *uds.NegativeResponseError
	switch {
	case err == nil:
		t.p.count(func(c *telematics.Coverage) { c.Answered++ })
		t.p.granted(t.unit.Name, req)
	case errors.As(err, &no):
		t.p.count(func(c *telematics.Coverage) { c.Refused++ })
		t.p.refuse(t.unit.Name, req, no.Code)
		if no.Code == uds.BusyRepeatRequest || no.Code == uds.ResourceTemporarilyNotAvailable {
			t.tell(telematics.UnitBusy, profiles.Hex(req).String())
		}
	default:
		t.broken(req, err)
	}
}

// broken counts a request whose answer did not come or broke a rule.
func (t *talk) broken(req []byte, err error) {
	var (
		pending  *exchange.PendingError
		late     *transport.TimeoutError
		protocol *transport.ProtocolError
		ours     *transport.OpError
	)
	silent := func(c *telematics.Coverage) { c.Silent++ }
	answered := func(c *telematics.Coverage) { c.Answered++ }
	request := profiles.Hex(req).String()
	switch {
	case errors.As(err, &pending):
		t.p.count(silent)
		t.tell(telematics.PendingLimit, request)
	case errors.As(err, &protocol) && protocol.Clause == exchange.ClauseAnswer:
		t.p.count(silent)
		t.tell(foreign(protocol), request)
	case errors.As(err, &protocol):
		t.p.count(answered)
		t.tell(telematics.SequenceBroken, request)
	case errors.As(err, &ours):
		t.p.count(silent)
		t.tell(telematics.NotAcknowledged)
	case errors.As(err, &late) && late.Timer != "P2":
		t.p.count(answered)
		t.tell(telematics.SequenceBroken, request)
	default:
		t.p.count(silent)
	}
}

// foreign tells an answer of another service from one about another identifier.
func foreign(e *transport.ProtocolError) telematics.FindingID {
	if len(e.Got) >= 2 && len(e.Want) >= 2 && e.Got[:2] == e.Want[:2] {
		return telematics.WrongDID
	}
	return telematics.WrongService
}

// keep puts what the answers mean into the result and gives how many different
// reads were answered.
func (t *talk) keep(answers []answer) (reads int) {
	for _, a := range answers {
		if a.err != nil || len(a.message) == 0 {
			continue
		}
		reads++
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

// refuse keeps a refusal in place of an earlier one of the same request.
func (p *pass) refuse(unit string, req []byte, code uds.NRC) {
	p.granted(unit, req)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.out.Refusals = append(p.out.Refusals, telematics.Refusal{
		Unit: unit, Request: profiles.Hex(req).String(), Code: fmt.Sprintf("%02X", byte(code)), Name: code.Name(),
	})
}

// granted takes a refusal back: what the unit refused outside a session it may
// give inside one.
func (p *pass) granted(unit string, req []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.out.Refusals = slices.DeleteFunc(p.out.Refusals, func(r telematics.Refusal) bool {
		return r.Unit == unit && r.Request == profiles.Hex(req).String()
	})
}

func (p *pass) addUnit(u profiles.Unit, answered bool, reads int) {
	if !answered {
		p.find(telematics.UnitSilent, u.Name)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.out.Units = append(p.out.Units, telematics.Unit{
		Role: string(u.Role), Name: u.Name, Address: u.Address.String(), Answered: answered, DistinctReads: reads,
	})
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

// finish compares, sums up, advises and sorts.
func (p *pass) finish() {
	p.compareVINs()
	p.addEmission()
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

// sort makes the order of what units asked side by side gave that of the
// profile; what the profile does not have comes behind it.
func (p *pass) sort() {
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
	by := func(a, b string) int { return cmp.Or(place(a)-place(b), cmp.Compare(a, b)) }
	slices.SortStableFunc(p.out.Units, func(a, b telematics.Unit) int { return by(a.Name, b.Name) })
	slices.SortStableFunc(p.out.Identifiers, func(a, b telematics.ReadIdentifier) int { return by(a.Unit, b.Unit) })
	slices.SortStableFunc(p.out.Signals, func(a, b telematics.Signal) int { return by(a.Unit, b.Unit) })
	slices.SortStableFunc(p.out.Refusals, func(a, b telematics.Refusal) int { return by(a.Unit, b.Unit) })
	slices.SortStableFunc(p.out.TroubleCodes, func(a, b telematics.TroubleCode) int { return by(a.Unit, b.Unit) })
	slices.SortStableFunc(p.out.Findings, func(a, b telematics.Finding) int { return by(a.Unit, b.Unit) })
}
