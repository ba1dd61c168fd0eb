package inspect

import (
	"context"
	"errors"
	"slices"

	"github.com/untether-obd/untether/obd/exchange"
	obdclient "github.com/untether-obd/untether/obd/j1979/client"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
)

// oddOBD tells what is odd about the answers of emission units, and what is
// wrong with those that gave none after all.
func (p *pass) oddOBD(req []byte, answers []exchange.Result, err error) {
	request := profiles.Hex(req).String()
	for _, r := range answers {
		name := p.unitAt(r.Message.From).Name
		if r.Foreign > 0 {
			p.find(telematics.TwoSpeakers, name)
		}
		if slow(r) {
			p.find(telematics.UnitSlow, name, request)
		}
		if no, ok := uds.ParseNegative(r.Message.Data); ok && no.Code == uds.BusyRepeatRequest {
			p.find(telematics.UnitBusy, name, request)
		}
	}
	for _, one := range several(err) {
		if from := exchange.Culprit(one); !from.IsZero() && !silence(one) {
			p.find(whatFailed(one), p.unitAt(from).Name, request)
		}
	}
}

// several takes joined errors apart.
func several(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // the join itself, not what it wraps
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

// whatFailed names why an answer did not come to anything.
func whatFailed(err error) telematics.FindingID {
	var pending *exchange.PendingError
	switch {
	case errors.As(err, &pending), isPatience(err):
		return telematics.PendingLimit
	case astray(err):
		protocol, _ := errors.AsType[*transport.ProtocolError](err)
		return foreign(protocol)
	case broken(err):
		return telematics.SequenceBroken
	}
	return telematics.AnswerMalformed
}

// isPatience: 78 was the unit's last word.
func isPatience(err error) bool {
	late, ok := errors.AsType[*transport.TimeoutError](err)
	return ok && late.Timer == "P2*"
}

// mandatory are the requests that every emission unit answers.
func mandatory(k obdclient.Kind) bool { return k == obdclient.Stored || k == obdclient.Pending }

// codesOf asks for one kind of code, and again where a unit that answered
// other requests says nothing or is busy.
func (p *pass) codesOf(ctx context.Context, kind obdclient.Kind) ([]obdclient.Answer[[]obdclient.DTC], error) {
	answers, err := p.obd.client.DTCs(ctx, kind)
	missing := p.missing(kind, answers)
	if err = p.heed(err); fatal(err) || len(missing) == 0 {
		return answers, err
	}
	again, err := p.obd.client.DTCs(ctx, kind)
	lost := p.missing(kind, again)
	request := profiles.Hex{byte(kind)}.String()
	for _, a := range missing {
		name := p.unitAt(a).Name
		if !slices.Contains(lost, a) {
			p.find(telematics.AskedAgain, name, request)
			continue
		}
		p.find(telematics.AnswerLost, name, request)
		p.goneQuiet(a, name)
	}
	return again, p.heed(err)
}

// goneQuiet tells of a unit that left both mandatory requests unanswered.
func (p *pass) goneQuiet(a transport.Address, name string) {
	p.mu.Lock()
	e := p.emission[a]
	e.quiet++
	lost := e.quiet > 1
	p.mu.Unlock()
	if lost {
		p.find(telematics.UnitLost, name)
	}
}

// missing are the units that answered OBD before and did not now.
func (p *pass) missing(kind obdclient.Kind, answers []obdclient.Answer[[]obdclient.DTC]) (silent []transport.Address) {
	if !mandatory(kind) || p.redacted || p.recorded() {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for a, e := range p.emission {
		heard := func(x obdclient.Answer[[]obdclient.DTC]) bool {
			return x.From == a && !errors.Is(x.Err, uds.BusyRepeatRequest)
		}
		if len(e.reads) > 0 && !slices.ContainsFunc(answers, heard) {
			silent = append(silent, a)
		}
	}
	return silent
}

// refusesOBD tells of emission units that refused all that they were asked.
func (p *pass) refusesOBD() {
	for a, e := range p.emission {
		if len(e.reads) == 0 && e.refused != 0 {
			p.find(telematics.UnitRefuses, p.unitAt(a).Name, e.refused.Name())
		}
	}
}
