package bringup

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
)

// At most this long on CAN until a dongle says that no car is there, and then
// on K-line.
const (
	canLimit   = 6 * time.Second
	klineLimit = 25 * time.Second
)

const (
	timerP2 = "P2"
	firstP2 = 250 * time.Millisecond // for an answer at first contact
)

// Options are who is told what.
type Options struct {
	Progress func(protocol string, tried int, of int) // of a search of K-line; may be nil
}

// Through joins the car behind a dongle, by the rules of Up. Since cheap ones
// do not tell an unacknowledged frame from one that nobody answers, an answer
// is waited for; silence at every rate is a *NoCarError. A dongle that cannot
// listen without a word does not listen; then the bus is asked as a silent one
// is. K-line comes last, if the URI asks for it. On success the caller
// closes Car.Link; the adapter stays open.
func Through(ctx context.Context, d adapter.Dongle, o Options) (*Car, error) {
	car, err := onCAN(ctx, plug{d})
	none, silent := errors.AsType[*NoCarError](err)
	s, can := d.(adapter.Searcher)
	if !silent || !can || !s.Searches() {
		return car, err
	}
	return search(ctx, s, o, none)
}

// errLate is the cause of a context whose time for CAN is over.
var errLate = errors.New("bringup: nobody found in time")

func onCAN(ctx context.Context, p plug) (*Car, error) {
	bounded, cancel := context.WithTimeoutCause(ctx, canLimit, errLate)
	defer cancel()
	car, err := up(bounded, p)
	if err != nil && ctx.Err() == nil && errors.Is(context.Cause(bounded), errLate) {
		return nil, &NoCarError{Bitrates: Bitrates, Unanswered: true}
	}
	return car, err
}

// search leaves the protocol to the dongle.
func search(ctx context.Context, s adapter.Searcher, o Options, none *NoCarError) (*Car, error) {
	if o.Progress == nil {
		o.Progress = func(string, int, int) {}
	}
	bounded, cancel := context.WithTimeoutCause(ctx, klineLimit, errLate)
	defer cancel()
	found, err := s.Search(bounded, o.Progress)
	late := err != nil && ctx.Err() == nil && errors.Is(context.Cause(bounded), errLate)
	switch {
	case late, errors.Is(err, adapter.ErrNoProtocol):
		none.KLine = true
		return nil, none
	case err != nil:
		return nil, err
	}
	car := &Car{Protocol: found.Protocol, Quiet: true}
	return car.over(found.Link), nil
}

// plug is the road of messages, over a dongle.
type plug struct{ adapter.Dongle }

func (p plug) listen(ctx context.Context, rate int, hear func(*can.Frame)) error {
	return p.Listen(ctx, rate, Listen, func(rx can.Rx) { hear(&rx.Frame) })
}

func (p plug) join(ctx context.Context, rate int) (adapter.CarriedLink, error) {
	return p.Join(ctx, rate)
}

// obd29 are the emission units of cars that use 29 bits.
var obd29 = transport.MustAddress("18DB33F1/18DAF1xx")

func (p plug) ask(ctx context.Context, car *Car, limit time.Duration) (ready bool, err error) {
	return car.answer(ctx, limit)
}

// answer asks once, with 11 bits and then with 29. If there is more time than
// that takes it shall wake somebody: for that 11 bits do, again and again.
func (car *Car) answer(ctx context.Context, limit time.Duration) (ready bool, err error) {
	if limit > ackLimit {
		return false, car.rouse(ctx, time.Now().Add(limit))
	}
	if err = car.question(ctx, obd); !unanswered(err) {
		return true, err
	}
	wide := car.question(ctx, obd29)
	if errors.Is(wide, transport.ErrForm) {
		wide = err // 11 bits are all that it can
	}
	return true, wide
}

// rouse asks until somebody answers, or another question would take too long.
func (car *Car) rouse(ctx context.Context, until time.Time) error {
	for {
		err := car.question(ctx, obd)
		if !nobody(err) || time.Until(until) < prompt+firstP2 {
			return err
		}
		if err := rest(ctx, prompt); err != nil {
			return err
		}
	}
}

// question asks a group and waits until one unit has answered.
func (car *Car) question(ctx context.Context, a transport.Address) error {
	conn, err := car.Link.Dial(ctx, a, guard.J1979, transport.Params{})
	if err != nil {
		return err
	}
	err = conn.Send(ctx, anybody, transport.Want{Answers: -1, Within: firstP2})
	if err == nil {
		_, err = conn.Recv(ctx, firstP2)
	}
	if said(err) {
		err = nil
	}
	return errors.Join(err, conn.Close())
}

// said reports whether somebody answered, though not well: that is for later.
func said(err error) bool {
	if _, ours := errors.AsType[*transport.OpError](err); ours {
		return false
	}
	if _, broken := errors.AsType[*transport.ProtocolError](err); broken {
		return true
	}
	late, ok := errors.AsType[*transport.TimeoutError](err)
	return ok && strings.HasPrefix(late.Timer, "N_")
}
