package inspect

import (
	"context"
	"errors"
	"os"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/tape"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
)

// timerP2 bounds the wait for an answer's beginning.
const timerP2 = "P2"

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
	case errors.Is(err, transport.ErrOverrun), errors.Is(err, transport.ErrGarbled):
		return true // else there had been nothing to lose
	case errors.As(err, &ours):
		return false
	}
	return errors.As(err, &protocol) || errors.As(err, &late) && late.Timer != timerP2
}

// silence reports whether a request was not answered at all.
func silence(err error) bool {
	var late *transport.TimeoutError
	return errors.As(err, &late) && late.Timer == timerP2 && errors.Is(err, os.ErrDeadlineExceeded)
}

// onlyFatal passes errors after which nobody can be asked any more.
func onlyFatal(err error) error {
	if fatal(err) {
		return err
	}
	return nil
}

// fatal: the link, the car or the context is gone. What a single unit, address or
// message is to blame for is not.
func fatal(err error) bool {
	if errors.Is(err, errGone) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	var late *transport.TimeoutError
	var broken *transport.ProtocolError
	return ours(err) && !errors.As(err, &late) && !errors.As(err, &broken) &&
		!beyond(err) && !spoiled(err) && !errors.Is(err, transport.ErrNoAck) && !errors.Is(err, tape.ErrNeverAsked)
}

// ours reports whether the fault is on our side of the wire.
func ours(err error) bool {
	_, ok := errors.AsType[*transport.OpError](err)
	return ok
}

// beyond reports whether the adapter refuses what it cannot carry: a form of
// address, or a long request.
func beyond(err error) bool {
	return errors.Is(err, transport.ErrForm) || errors.Is(err, transport.ErrLength)
}

// spoiled reports whether a request or its answer was lost in the adapter, which
// lives on.
func spoiled(err error) bool {
	return errors.Is(err, transport.ErrOverrun) || errors.Is(err, transport.ErrGarbled) || errors.Is(err, transport.ErrReset) ||
		errors.Is(err, transport.ErrAborted)
}
