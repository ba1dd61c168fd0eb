package inspect

import (
	"context"
	"errors"
	"os"
	"slices"
	"strconv"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/guard"
	kwpclient "github.com/untether-obd/untether/obd/kwp/client"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
	udsclient "github.com/untether-obd/untether/obd/uds/client"
	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
)

// dialect is what the clients of UDS and KWP have in common.
type dialect interface {
	Do(ctx context.Context, req []byte) (exchange.Result, error) // notes sessions that it opens
	Close(ctx context.Context) error
}

// talk is a conversation with one unit.
type talk struct {
	p      *pass
	unit   target
	conn   *guard.Conn
	client dialect
	silent bool // nothing is counted or told: this is a probe

	heard   bool // the unit said anything, a refusal too
	stuck   bool // it still works on a request that we gave up
	lost    int  // requests in a row without an answer
	refused map[byte]bool
}

// declare tells the guard which reads a unit's profile has.
func (p *pass) declare(u profiles.Unit) {
	g := guard.Unit{
		Address: u.Address, Dialect: u.Dialect,
		MayChangeSession: u.Role == profiles.Telematics || u.Role == profiles.HeadUnit,
	}
	for _, s := range u.Sessions {
		g.Sessions = append(g.Sessions, byte(s))
	}
	for _, r := range u.Reads {
		g.Reads = append(g.Reads, r.Request)
	}
	for _, w := range slices.Concat(u.Private, u.Secret) {
		g.Withheld = append(g.Withheld, w)
	}
	p.link.Declare(g)
}

func (p *pass) dial(ctx context.Context, u target) (*talk, error) {
	conn, err := p.link.Dial(ctx, u.Address, u.Dialect, params(u.Transport))
	if err != nil {
		return nil, err
	}
	t := &talk{p: p, unit: u, conn: conn, refused: map[byte]bool{}}
	if u.Dialect == guard.KWP {
		t.client = kwpclient.New(conn)
	} else {
		t.client = udsclient.New(conn)
	}
	return t, nil
}

func params(t profiles.Transport) transport.Params {
	p := transport.Params{BS: t.BS, STmin: t.STmin}
	if t.Pad == "none" {
		p.Pad = transport.PadNone
	} else if b, err := strconv.ParseUint(t.Pad, 16, 8); err == nil {
		p.Pad = transport.PadWith(byte(b))
	}
	return p
}

// close restores the default session. A session that is left open ends by
// itself after S3; that is told.
func (t *talk) close(ctx context.Context) {
	var open *exchange.OpenSessionError
	if err := t.client.Close(ctx); errors.As(err, &open) {
		t.p.find(telematics.SessionLeft, t.unit.Name)
	}
	_ = t.conn.Close() // it has nothing left to fail
}

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
		if there, err := t.there(ctx); !there {
			return false, err
		}
	}
	answers, err := t.readAll(ctx)
	reads := t.keep(answers)
	if !known || reads > 0 {
		t.p.addUnit(t.unit.Unit, t.heard, reads)
	}
	if err == nil && t.heard && !t.stuck {
		err = t.codes(ctx)
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
		if err := t.read(ctx, &answers[i]); err != nil {
			return answers, err
		}
		if !t.heard || t.stuck || t.lost == lostMax {
			return answers, nil
		}
	}
	for _, s := range t.unit.Sessions {
		if t.stuck || !needSession(answers) {
			break
		}
		if err := t.inSession(ctx, byte(s), answers); err != nil {
			return answers, err
		}
	}
	return answers, nil
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

func refusedForSession(err error) bool {
	for _, code := range []uds.NRC{
		uds.ServiceNotSupportedInSession, uds.SubFunctionNotSupportedInSession, uds.ConditionsNotCorrect, uds.SecurityAccessDenied,
	} {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}

func (t *talk) inSession(ctx context.Context, session byte, answers []answer) error {
	_, err := t.request(ctx, []byte{uds.ServiceSessionControl, session})
	if errors.Is(err, guard.ErrDenied) {
		t.p.find(telematics.CarMoving, t.unit.Name)
	}
	if err != nil {
		return onlyFatal(err)
	}
	for i := range answers {
		if a := &answers[i]; refusedForSession(a.err) || errors.Is(a.err, uds.RequestOutOfRange) {
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

// request makes one request within the pace of the whole inspection. The
// first one to a car that was just woken may be lost: it is made again.
func (t *talk) request(ctx context.Context, req []byte) ([]byte, error) {
	again := t.p.woken && !t.heard
	for {
		var res exchange.Result
		err := t.p.pace.request(ctx, t.unit.Serial, func() (err error) {
			res, err = t.client.Do(ctx, req)
			return err
		})
		if again && silence(err) {
			again = false
			continue
		}
		t.note(req, res, err)
		return res.Message.Data, err
	}
}

// note draws conclusions about unit and pace, and counts.
func (t *talk) note(req []byte, res exchange.Result, err error) {
	if spoke(err) {
		t.heard, t.lost = true, 0
	}
	var pending *exchange.PendingError
	switch {
	case errors.As(err, &pending):
		t.stuck = true
		t.p.pace.distress()
	case silence(err):
		t.lost++
		if t.heard {
			t.p.pace.distress() // an answer was lost
		}
	case res.Busy > 0:
		t.p.pace.distress()
	case res.Pending == 0 && err == nil:
		t.p.pace.answered(t.unit.Name, res.Latency)
	}
	if res.Foreign > 0 && err == nil {
		t.tell(telematics.TwoSpeakers)
	}
	t.account(req, err)
}

func (t *talk) tell(id telematics.FindingID, args ...any) {
	if !t.silent {
		t.p.find(id, t.unit.Name, args...)
	}
}

// spoke reports whether the unit said anything, be it wrong or too little.
func spoke(err error) bool {
	var (
		no       *uds.NegativeResponseError
		pending  *exchange.PendingError
		protocol *transport.ProtocolError
		ours     *transport.OpError
		late     *transport.TimeoutError
	)
	switch {
	case err == nil, errors.As(err, &no), errors.As(err, &pending):
		return true
	case errors.As(err, &ours):
		return false
	}
	return errors.As(err, &protocol) || errors.As(err, &late) && late.Timer != "P2"
}

// silence reports whether a request was not answered at all.
func silence(err error) bool {
	var late *transport.TimeoutError
	return errors.As(err, &late) && late.Timer == "P2" && errors.Is(err, os.ErrDeadlineExceeded)
}

// onlyFatal passes errors after which nobody can be asked any more.
func onlyFatal(err error) error {
	if fatal(err) {
		return err
	}
	return nil
}

// fatal: the link or the context is gone. What a single unit, address or
// message is to blame for is not.
func fatal(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	var ours *transport.OpError
	var late *transport.TimeoutError
	var broken *transport.ProtocolError
	return errors.As(err, &ours) && !errors.As(err, &late) && !errors.As(err, &broken) &&
		!errors.Is(err, transport.ErrForm) && !errors.Is(err, transport.ErrLength)
}
