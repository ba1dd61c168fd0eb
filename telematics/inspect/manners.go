package inspect

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
)

// manners is how a unit has behaved so far.
type manners struct {
	past   []past
	served map[byte]bool // services of which it answered requests
	row    int           // refusals in a row that say: not to you, not now
	last   uds.NRC       // the last of them
}

// past is a request of ours.
type past struct {
	req      []byte
	answered bool
}

// watch tells what is odd about an answer that is not wrong, and remembers.
func (t *talk) watch(req []byte, res exchange.Result, err error) {
	request := profiles.Hex(req).String()
	if err == nil && res.Foreign > 0 {
		t.tell(t.stray(req, res, nil), request)
	}
	if spoke(err) && res.Busy > 0 && !errors.Is(err, uds.BusyRepeatRequest) && !errors.Is(err, uds.ResourceTemporarilyNotAvailable) {
		t.tell(telematics.UnitBusyAtFirst, request)
	}
	if slow(res) {
		t.tell(telematics.UnitSlow, request)
	}
	if res.Reopened || errors.Is(err, uds.ServiceNotSupportedInSession) && t.manners.served[req[0]] {
		t.tell(telematics.SessionLost)
	}
	t.manners.remember(req, err)
}

func (m *manners) remember(req []byte, err error) {
	m.past = append(m.past, past{bytes.Clone(req), spoke(err)})
	var no *uds.NegativeResponseError
	switch {
	case err == nil && req[0] != uds.ServiceSessionControl:
		m.served[req[0]], m.row = true, 0
	case errors.As(err, &no) && closed(no.Code):
		m.row, m.last = m.row+1, no.Code
	}
}

// closed are refusals that have nothing to do with what was asked for.
func closed(code uds.NRC) bool {
	switch code {
	case uds.SecurityAccessDenied, uds.ConditionsNotCorrect, uds.ServiceNotSupported, uds.ServiceNotSupportedInSession:
		return true
	}
	return false
}

// closedAfter refusals in a row a unit that answered before has closed up.
const closedAfter = 4

// refuses tells of a unit that answers nothing, or nothing any more.
func (t *talk) refuses() {
	guess := t.unit.probe && t.unit.Role != profiles.Telematics && t.unit.Role != profiles.HeadUnit
	if m := &t.manners; !guess && (len(m.served) == 0 && m.row > 0 || m.row >= closedAfter) {
		t.tell(telematics.UnitRefuses, t.p.o.Printer.Refusal(byte(m.last)))
	}
}

// stray says what a message was that came in place of an answer, or before it.
func (t *talk) stray(req []byte, res exchange.Result, err error) telematics.FindingID {
	for _, old := range t.manners.past {
		switch {
		case bytes.Equal(old.req, req) || !answers(old.req, res.Stray):
		case old.answered:
			return telematics.AnswerRepeated
		default:
			return telematics.AnswerLate
		}
	}
	if protocol, ok := errors.AsType[*transport.ProtocolError](err); ok {
		return foreign(protocol)
	}
	return telematics.TwoSpeakers
}

// answers reports whether a message would be an answer to a request.
func answers(req, msg []byte) bool {
	if len(msg) >= 2 && msg[0] == uds.ServiceNegativeResponse {
		return msg[1] == req[0]
	}
	echo := 1
	if req[0] == uds.ServiceReadData {
		echo = 2
	}
	return len(msg) > echo && len(req) > echo && msg[0] == req[0]+uds.ResponseOffset && bytes.Equal(msg[1:1+echo], req[1:1+echo])
}

// What makes an answer slow: many 78, or a long time between its frames.
const (
	slowPending  = 3
	slowFrame    = 100 * time.Millisecond // each
	slowAnswer   = 500 * time.Millisecond // besides
	bytesOfFrame = 7
)

func slow(r exchange.Result) bool {
	allowed := slowAnswer + slowFrame*time.Duration(len(r.Message.Data)/bytesOfFrame)
	return r.Pending >= slowPending || r.Message.Last.Sub(r.Message.First) > allowed
}

// away is how long a unit may be silent that restarts.
const away = 3 * time.Second

// returns waits for a unit that has fallen silent and reports whether it
// speaks again. What it left unanswered is then asked anew.
func (t *talk) returns(ctx context.Context, answers []answer) (bool, error) {
	if err := rest(ctx, away); err != nil {
		return false, err
	}
	for i := range answers {
		a := &answers[i]
		if !silence(a.err) {
			continue
		}
		t.uncount(a)
		if err := t.read(ctx, a); err != nil || t.lost > 0 {
			t.tell(telematics.UnitLost)
			return false, err
		}
	}
	t.tell(telematics.UnitReturned)
	return true, nil
}
