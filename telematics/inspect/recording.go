package inspect

import (
	"errors"
	"slices"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/canlog"
	"github.com/untether-obd/untether/obd/passive"
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
	if found[0].MatchedBy == telematics.MatchedByNothing && p.out.Vehicle.VIN == "" {
		p.recognise(units)
	}
	p.out.Vehicle.Make, p.out.Vehicle.ModelYear = p.choice.Make, p.choice.ModelYear
	for _, u := range units {
		p.overheard(u)
	}
	if !p.askedTelematics() {
		p.find(telematics.NothingAsked, "")
	}
	p.finish()
	return p.out, err
}

// recognise chooses the first profile whose fingerprint is among the answers.
func (p *pass) recognise(units []passive.Unit) {
	for _, probe := range p.o.Profiles.Fingerprints() {
		if !slices.ContainsFunc(probe.Checks, func(c profiles.Check) bool { return !answered(units, c) }) {
			p.choice = probe.Candidate()
			return
		}
	}
}

func answered(units []passive.Unit, c profiles.Check) bool {
	return slices.ContainsFunc(units, func(u passive.Unit) bool {
		return u.Address == c.Unit.Address && slices.ContainsFunc(u.Exchanges, func(x passive.Exchange) bool {
			return x.Outcome == passive.Answered && slices.Equal(x.Request, c.Read.Request) && c.Holds(x.Response)
		})
	})
}

func (p *pass) askedTelematics() bool {
	return slices.ContainsFunc(p.out.Units, func(u telematics.Unit) bool { return u.Role == string(profiles.Telematics) })
}

// listen reads the whole recording. Lines that cannot be read are counted.
func (p *pass) listen(rec adapter.Recording) ([]passive.Unit, error) {
	l := passive.NewListener()
	var first, last time.Time
	var remarks remarks
	var blanks canlog.Blanks
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
		blanks.Observe(&rx)
	}
	p.out.Started, p.out.DurationMS = first, last.Sub(first).Milliseconds()
	remarks.tell(p)
	if p.redacted = blanks.Redacted(); p.redacted {
		p.find(telematics.RecordingRedacted, "")
	}
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
