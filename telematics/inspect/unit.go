package inspect

import (
	"context"
	"errors"
	"slices"

	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/uds"
	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
)

// answer is what became of one read. message is empty where none came.
type answer struct {
	read    *profiles.Read
	message []byte
	err     error
}

// askUnit asks a unit in each of its dialects. An error means that the bus is
// gone.
func (p *pass) askUnit(ctx context.Context, dialects []target) error {
	for i, u := range dialects {
		t, err := p.dial(ctx, u)
		if beyond(err) {
			p.unreachable(u)
			return nil
		}
		if err != nil {
			return err
		}
		heard, err := t.inspect(ctx, i > 0)
		t.close(ctx)
		if err != nil || !heard {
			return err
		}
	}
	return nil
}

// inspect asks for everything that the profile has of the unit. A unit that
// answers in another dialect already is told of only if it answers in this
// one too.
func (t *talk) inspect(ctx context.Context, known bool) (heard bool, err error) {
	if t.unit.probe {
		if there, err := t.there(ctx); err != nil || !there && !t.blank() {
			t.unlessBeyond()
			return false, err
		}
	}
	answers, err := t.readAll(ctx)
	reads := t.keep(answers)
	if t.unlessBeyond() && (!known || reads > 0) {
		t.add(reads)
	}
	if err == nil && t.heard && !t.stuck && t.lost < lostMax {
		err = t.codes(ctx)
	}
	if !known {
		t.refuses()
	}
	return t.heard, err
}

// there asks whether anybody is at the address.
func (t *talk) there(ctx context.Context) (bool, error) {
	_, err := t.request(ctx, []byte{uds.ServiceTesterPresent, 0})
	return t.heard, onlyFatal(err)
}

// lostMax requests in a row without an answer mean that the unit is gone.
const lostMax = 3

// readAll makes the reads in the default session, then those that the unit
// refused there in the sessions that its profile names.
func (t *talk) readAll(ctx context.Context) ([]answer, error) {
	answers := make([]answer, len(t.unit.Reads))
	for i := range t.unit.Reads {
		answers[i].read = &t.unit.Reads[i]
		if on, err := t.readOne(ctx, answers, i); !on {
			return answers, err
		}
	}
	for _, s := range t.unit.Sessions {
		if t.stuck || t.lost >= lostMax || !needSession(answers) {
			break
		}
		if err := t.inSession(ctx, byte(s), answers); err != nil {
			return answers, err
		}
	}
	return answers, nil
}

// readOne makes one of the reads and says whether to go on.
func (t *talk) readOne(ctx context.Context, answers []answer, i int) (on bool, err error) {
	if err := t.read(ctx, &answers[i]); err != nil {
		return false, err
	}
	if i == 0 && t.mustBeThere() {
		if err := t.waitFor(ctx, &answers[i]); err != nil {
			return false, err
		}
	}
	switch {
	case missed(answers[i].err): // the next one may get through
	case !t.heard && !t.blank() || t.stuck:
		return false, nil
	case t.lost == lostMax:
		return t.returns(ctx, answers)
	}
	return true, nil
}

// mustBeThere: the car's profile has this telematics unit, and it is silent. A
// wrong guess that there is none would be the worst that an inspection can say.
func (t *talk) mustBeThere() bool {
	return !t.heard && !t.blank() && !t.beyond && !t.unit.probe && t.unit.Role == profiles.Telematics
}

// waitFor asks a silent unit a last time, when what it was at must have ended.
func (t *talk) waitFor(ctx context.Context, a *answer) error {
	if err := rest(ctx, straggling); err != nil {
		return err
	}
	t.uncount(a)
	return t.read(ctx, a)
}

// uncount takes a silent request back that is made anew.
func (t *talk) uncount(a *answer) {
	if !silence(a.err) || t.silent {
		return
	}
	t.p.mu.Lock()
	defer t.p.mu.Unlock()
	t.p.out.Coverage.Asked--
	t.p.out.Coverage.Silent--
}

// needSession: some were refused for the session, or everything was; where
// other reads are answered, 31 just means that the unit lacks this one.
func needSession(answers []answer) bool {
	for _, a := range answers {
		if refusedForSession(a.err) {
			return true
		}
	}
	return !slices.ContainsFunc(answers, func(a answer) bool { return !errors.Is(a.err, uds.RequestOutOfRange) })
}

func (t *talk) inSession(ctx context.Context, session byte, answers []answer) error {
	_, err := t.request(ctx, []byte{uds.ServiceSessionControl, session})
	if denied, ok := errors.AsType[*guard.DeniedError](err); ok && denied.Rule == guard.RuleMoving {
		t.p.find(telematics.CarMoving, t.unit.Name)
	}
	if err != nil {
		return onlyFatal(err)
	}
	for i := range answers {
		if a := &answers[i]; t.lost < lostMax && (refusedForSession(a.err) || errors.Is(a.err, uds.RequestOutOfRange)) {
			if err := t.read(ctx, a); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *talk) read(ctx context.Context, a *answer) error {
	if t.refused[a.read.Request[0]] {
		return nil // the unit does not know the service at all
	}
	a.message, a.err = t.request(ctx, a.read.Request)
	if errors.Is(a.err, uds.ServiceNotSupported) {
		t.refused[a.read.Request[0]] = true
	}
	return onlyFatal(a.err)
}
