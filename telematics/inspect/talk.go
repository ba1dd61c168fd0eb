package inspect

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/guard"
	kwpclient "github.com/untether-obd/untether/obd/kwp/client"
	"github.com/untether-obd/untether/obd/tape"
	"github.com/untether-obd/untether/obd/transport"
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
	asked   bool // a request was made, of a car or in a recording
	lacks   bool // the recording that answers does not have a request
	stuck   bool // it still works on a request that we gave up
	lost    int  // requests in a row without an answer
	beyond  bool // the adapter cannot carry this form of address
	spoilt  bool // an answer was lost in the adapter, or may have been
	refused map[byte]bool
	manners manners
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
	t := &talk{p: p, unit: u, conn: conn, refused: map[byte]bool{}, manners: manners{served: map[byte]bool{}}}
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
	switch err := t.client.Close(ctx); {
	case errors.Is(err, tape.ErrNeverAsked): // no unit was left in a session
	case errors.As(err, &open):
		t.p.find(telematics.SessionLeft, t.unit.Name)
	}
	_ = t.conn.Close() // it has nothing left to fail
}

// note draws conclusions about unit and pace, and counts.
func (t *talk) note(req []byte, res exchange.Result, err error) {
	if !t.remember(req, err) {
		return // what the unit would have said is not known
	}
	if spoke(err) {
		t.heard, t.lost = true, 0
	}
	t.beyond = t.beyond || errors.Is(err, transport.ErrForm)
	t.spoilt = t.spoilt || spoiled(err)
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
	t.watch(req, res, err)
	t.account(req, res, err)
}

func (t *talk) tell(id telematics.FindingID, args ...any) {
	if !t.silent {
		t.p.find(id, t.unit.Name, args...)
	}
}
