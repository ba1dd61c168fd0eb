package inspect

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/tape"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
)

// straggling is how long the rest of a broken answer may still come, a frame of
// which might fit into the next one by chance, and how long a unit whose first
// frame was lost waits for flow control and does not listen (N_Bs).
const straggling = 1250 * time.Millisecond

// request makes one request, and again where no whole answer came: reads change
// nothing. At an address that is only a guess nothing is repeated, unless the
// car was just woken: then a first request can be lost.
func (t *talk) request(ctx context.Context, req []byte) ([]byte, error) {
	res, err := t.try(ctx, req)
	for tries := 1; t.repeats(err, tries); tries++ {
		again, failure := t.again(ctx, req, err, tries)
		if errors.Is(failure, tape.ErrNeverAsked) { // a recording may not have it twice
			break
		}
		t.repeated(req, res, err, failure)
		res, err = again, failure
	}
	t.note(req, res, err)
	if broken(err) || spoiled(err) {
		_ = rest(ctx, aftermath(err)) // what comes next shall not meet what is left; ctx says itself that it is over
	}
	return res.Message.Data, err
}

// unheard is how long a unit may still be at a request of which a dongle lost
// what came, for that may have been 78: P2*.
const unheard = 5 * time.Second

// aftermath is how long it takes until a request that failed is over for the
// unit as well.
func aftermath(err error) time.Duration {
	if spoiled(err) {
		return unheard
	}
	return straggling
}

// try makes a request within the pace of the whole inspection.
func (t *talk) try(ctx context.Context, req []byte) (res exchange.Result, err error) {
	err = t.p.pace.request(ctx, t.unit.Serial, func() (err error) {
		res, err = t.client.Do(ctx, req)
		return err
	})
	return res, t.p.heed(err)
}

// repeats: everything has two tries. An answer that does not come from a unit
// that was there a moment ago is worth a third.
func (t *talk) repeats(err error, tries int) bool {
	switch {
	case tries == 2:
		return silence(err) && t.heard && t.lost == 0
	case tries > 2:
		return false
	case silence(err):
		return t.heard || !t.unit.probe || t.silent || t.p.woken
	}
	return broken(err) || astray(err) || spoiled(err) || dropped(err)
}

// again makes a request anew: at once, so that a late answer is caught; but
// later, when what was left of the answer before is over, for a broken one and
// the last time.
func (t *talk) again(ctx context.Context, req []byte, err error, tries int) (exchange.Result, error) {
	if t.heard {
		t.p.pace.distress()
	}
	if err := rest(ctx, t.pause(err, tries)); err != nil {
		return exchange.Result{}, err
	}
	return t.try(ctx, req)
}

// pause is how long to wait before a request is made anew. What a dongle does
// not show may have come all the same.
func (t *talk) pause(err error, tries int) time.Duration {
	switch {
	case silence(err) && t.heard && t.p.pace.oneByOne():
		return unheard
	case silence(err) && tries == 1, astray(err) && tries == 1:
		return 0
	}
	return aftermath(err)
}

// repeated tells what was wrong with the first of two tries in a row.
func (t *talk) repeated(req []byte, res exchange.Result, first, second error) {
	request := profiles.Hex(req).String()
	t.heard = t.heard || spoke(first) && !t.unit.probe
	well := spoke(second) && !broken(second) && !spoiled(second)
	lost := broken(first) || spoiled(first)
	switch {
	case t.unit.probe && !t.heard:
	case astray(first):
		t.tell(t.stray(req, res, first), request)
	case lost && well:
		t.tell(telematics.BrokenAtFirst, request)
	case broken(first):
		t.tell(telematics.SequenceBroken, request)
	case well && !t.p.woken && !spoiled(first):
		t.tell(telematics.AskedAgain, request)
	}
}

// broken reports whether an answer began and did not come whole.
func broken(err error) bool {
	var (
		late     *transport.TimeoutError
		protocol *transport.ProtocolError
		ours     *transport.OpError
	)
	switch {
	case errors.As(err, &ours):
		return false
	case errors.As(err, &protocol):
		return strings.HasPrefix(protocol.Clause, "N_")
	}
	return errors.As(err, &late) && strings.HasPrefix(late.Timer, "N_")
}

// dropped reports whether a dongle gave up a frame that nobody acknowledged. A
// controller repeats it for a second, a dongle as good as not at all.
func dropped(err error) bool {
	_, late := errors.AsType[*transport.TimeoutError](err)
	return errors.Is(err, transport.ErrNoAck) && !late
}

// astray reports whether answers came and none was one to the request.
func astray(err error) bool {
	protocol, ok := errors.AsType[*transport.ProtocolError](err)
	return ok && protocol.Clause == exchange.ClauseAnswer
}

func rest(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
