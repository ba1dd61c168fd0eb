package inspect

import (
	"errors"
	"fmt"
	"slices"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
)

// account counts a request and tells what went wrong with it.
func (t *talk) account(req []byte, res exchange.Result, err error) {
	if t.silent || errors.Is(err, guard.ErrDenied) || fatal(err) || t.unit.probe && !t.heard && !spoiled(err) {
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
		t.failed(req, res, err)
	}
}

// failed counts a request whose answer did not come or broke a rule.
func (t *talk) failed(req []byte, res exchange.Result, err error) {
	var (
		pending *exchange.PendingError
		ours    *transport.OpError
	)
	silent := func(c *telematics.Coverage) { c.Silent++ }
	answered := func(c *telematics.Coverage) { c.Answered++ }
	request := profiles.Hex(req).String()
	switch {
	case errors.As(err, &pending):
		t.p.count(silent)
		t.tell(telematics.PendingLimit, request)
	case astray(err):
		t.p.count(silent)
		t.tell(t.stray(req, res, err), request)
	case broken(err), malformed(err):
		t.p.count(answered)
		t.tell(telematics.SequenceBroken, request)
	case spoiled(err):
		t.p.count(silent)
		t.tell(telematics.AnswerSpoiled, request)
	case errors.Is(err, transport.ErrLength):
		t.tell(telematics.RequestTooLong, request)
	case errors.Is(err, transport.ErrForm): // told of the unit
	case errors.As(err, &ours):
		t.p.count(silent)
		t.tell(telematics.NotAcknowledged)
	default:
		t.p.count(silent)
		if t.heard && silence(err) {
			t.tell(telematics.AnswerLost, request)
		}
	}
}

// malformed reports whether an answer broke another rule than one of its frames.
func malformed(err error) bool {
	var (
		late     *transport.TimeoutError
		protocol *transport.ProtocolError
		ours     *transport.OpError
	)
	return !errors.As(err, &ours) && (errors.As(err, &protocol) || errors.As(err, &late) && late.Timer != timerP2)
}

// foreign tells an answer of another service from one about another identifier.
func foreign(e *transport.ProtocolError) telematics.FindingID {
	if len(e.Got) >= 2 && len(e.Want) >= 2 && e.Got[:2] == e.Want[:2] {
		return telematics.WrongDID
	}
	return telematics.WrongService
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
