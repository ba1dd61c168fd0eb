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

// straggling is how long the rest of a broken answer may still come. A frame
// of it that came into the next answer would fit there by chance.
const straggling = time.Second

// request makes one request, and once more where no whole answer came: reads
// change nothing. At an address that is only a guess nothing is repeated,
// unless the car was just woken: then a first request can be lost.
func (t *talk) request(ctx context.Context, req []byte) ([]byte, error) {
	res, err := t.try(ctx, req)
	if t.repeats(err) {
		again, failure := t.again(ctx, req, err)
		if !errors.Is(failure, tape.ErrNeverAsked) { // a recording may not have it twice
			t.repeated(req, res, err, failure)
			res, err = again, failure
		}
	}
	t.note(req, res, err)
	return res.Message.Data, err
}

// try makes a request within the pace of the whole inspection.
func (t *talk) try(ctx context.Context, req []byte) (res exchange.Result, err error) {
	err = t.p.pace.request(ctx, t.unit.Serial, func() (err error) {
		res, err = t.client.Do(ctx, req)
		return err
	})
	return res, t.p.heed(err)
}

func (t *talk) repeats(err error) bool {
	if silence(err) {
		return t.heard || !t.unit.probe || t.silent || t.p.woken
	}
	return broken(err) || astray(err)
}

// again makes a request a second time.
func (t *talk) again(ctx context.Context, req []byte, err error) (exchange.Result, error) {
	if t.heard {
		t.p.pace.distress()
	}
	if broken(err) {
		if err := rest(ctx, straggling); err != nil {
			return exchange.Result{}, err
		}
	}
	return t.try(ctx, req)
}

// repeated tells what was wrong with the first of two tries.
func (t *talk) repeated(req []byte, res exchange.Result, first, second error) {
	request := profiles.Hex(req).String()
	t.heard = t.heard || spoke(first) && !t.unit.probe
	well := spoke(second) && !broken(second)
	switch {
	case t.unit.probe && !t.heard:
	case astray(first):
		t.tell(t.stray(req, res, first), request)
	case broken(first) && well:
		t.tell(telematics.BrokenAtFirst, request)
	case broken(first):
		t.tell(telematics.SequenceBroken, request)
	case well && !t.p.woken:
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
