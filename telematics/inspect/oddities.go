package inspect

import (
	"context"
	"errors"
	"slices"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/j1979"
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
		if !p.redacted && overlong(r.Message.Data) {
			p.find(telematics.AnswerMalformed, name, request)
		}
	}
	if spoiled(err) {
		p.find(telematics.AnswerSpoiled, "", request)
	}
	for _, one := range several(err) {
		if from := exchange.Culprit(one); !from.IsZero() && !silence(one) {
			p.find(whatFailed(one), p.unitAt(from).Name, request)
		}
	}
}

// overlong: the answer with the VIN is 49 02, how many there are, and 17
// characters each.
func overlong(msg []byte) bool {
	return len(msg) > 3 && msg[0] == 0x49 && msg[1] == 0x02 && len(msg) > 3+17*int(msg[2])
}

// several takes joined errors apart.
func several(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
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

// codeAnswers are the answers to a request for codes of one kind.
type codeAnswers []obdclient.Answer[[]obdclient.DTC]

// of is what one unit answered, nil if it said nothing.
func (all codeAnswers) of(a transport.Address) *obdclient.Answer[[]obdclient.DTC] {
	for i := range all {
		if all[i].From == a {
			return &all[i]
		}
	}
	return nil
}

// codesOf asks for one kind of code, and again where a unit that answered
// other requests says nothing or is busy.
func (p *pass) codesOf(ctx context.Context, kind obdclient.Kind) (codeAnswers, error) {
	ask := func(ctx context.Context) (codeAnswers, error) { return p.obd.client.DTCs(ctx, kind) }
	first, err := twice(ctx, p, p.obd, ask)
	missing := p.missing(kind, first)
	if fatal(err) || spoiled(err) || len(missing) == 0 {
		return first, err
	}
	second, err := twice(ctx, p, p.obd, ask)
	if fatal(err) {
		return second, err
	}
	for _, a := range missing {
		id := compare(first.of(a), second.of(a))
		p.find(id, p.unitAt(a).Name, profiles.Hex{byte(kind)}.String())
		if id == telematics.AnswerLost {
			if err := p.stillThere(ctx, a); err != nil {
				return second, err
			}
		}
	}
	return second, nil
}

// compare names what two tries at a unit came to, of which the first failed.
func compare(first, second *obdclient.Answer[[]obdclient.DTC]) telematics.FindingID {
	switch {
	case second == nil:
		return telematics.AnswerLost
	case errors.Is(second.Err, uds.BusyRepeatRequest):
		return telematics.UnitBusy
	case first == nil:
		return telematics.AskedAgain
	}
	return telematics.UnitBusyAtFirst
}

// stillThere asks for what every emission unit has, and tells of one that does
// not answer that either.
func (p *pass) stillThere(ctx context.Context, a transport.Address) error {
	masks, err := twice(ctx, p, p.obd, func(ctx context.Context) ([]obdclient.Answer[j1979.Set], error) {
		return p.obd.unseen.Supported(ctx, j1979.CurrentData)
	})
	if fatal(err) {
		return err
	}
	if !slices.ContainsFunc(masks, func(m obdclient.Answer[j1979.Set]) bool { return m.From == a }) {
		p.find(telematics.UnitLost, p.unitAt(a).Name)
	}
	return nil
}

// missing are the units that answered OBD before and did not now.
func (p *pass) missing(kind obdclient.Kind, answers codeAnswers) (silent []transport.Address) {
	if !mandatory(kind) || p.redacted || p.recorded() {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for a, e := range p.emission {
		if got := answers.of(a); len(e.reads) > 0 && (got == nil || errors.Is(got.Err, uds.BusyRepeatRequest)) {
			silent = append(silent, a)
		}
	}
	return silent
}

// refusesOBD tells of emission units that refused all that they were asked.
func (p *pass) refusesOBD() {
	for a, e := range p.emission {
		if len(e.reads) == 0 && e.refused != 0 {
			p.find(telematics.UnitRefuses, p.unitAt(a).Name, p.o.Printer.Refusal(byte(e.refused)))
		}
	}
}
