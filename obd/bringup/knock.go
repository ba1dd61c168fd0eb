package bringup

import (
	"context"
	"errors"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/transport"
)

// knock asks a silent bus. Over a controller it does not matter yet whether
// anybody answers: an acknowledged frame proves rate and pins.
func knock(ctx context.Context, r road, rates []int, deaf bool) (*Car, error) {
	none := &NoCarError{Deaf: deaf}
	for i, rate := range rates {
		car, err := join(ctx, r, &Car{Bitrate: rate, Quiet: true, Deaf: deaf})
		if fixed, ok := errors.AsType[*adapter.FixedBitrateError](err); ok && len(rates) > 1 {
			if i == 0 {
				return knock(ctx, r, []int{fixed.Bitrate}, deaf)
			}
			break
		}
		if err != nil {
			return nil, err
		}
		if err = car.wake(ctx, r, i == 0); err == nil {
			err = rest(ctx, answers)
		}
		if err == nil {
			return car, nil
		}
		none.learn(ctx, car, err)
		if closed := car.Link.Close(); !unheard(err) || closed != nil {
			return nil, errors.Join(err, closed)
		}
	}
	return nil, none
}

// learn keeps what may tell why nobody is there.
func (e *NoCarError) learn(ctx context.Context, car *Car, err error) {
	e.Bitrates = append(e.Bitrates, car.Bitrate)
	e.Unanswered = e.Unanswered || unanswered(err)
	if millivolts, err := car.Link.Supply(ctx); err == nil {
		e.Millivolts = millivolts
	}
}

// wake asks until somebody is there; patiently only at the first rate, since
// waking a car takes as long at any rate. A controller itself repeats a frame
// that nobody acknowledges: it is the repeated frame that wakes. Bus errors end
// it at once: this is the wrong rate.
func (car *Car) wake(ctx context.Context, r road, patient bool) error {
	began := time.Now()
	ready, err := r.ask(ctx, car, ackLimit)
	switch absent := nobody(err); {
	case err == nil && ready, err != nil && (!patient || !absent):
		return err
	case absent:
		if _, err = r.ask(ctx, car, wakeFor-time.Since(began)); err != nil && !nobody(err) {
			return err
		}
	}
	car.Woken = true
	if err := rest(ctx, wakeRest); err != nil {
		return err
	}
	_, err = r.ask(ctx, car, ackLimit)
	return err
}

// nobody reports whether a question met nobody who is awake.
func nobody(err error) bool { return errors.Is(err, transport.ErrNoAck) || unanswered(err) }

// unanswered reports whether a question may have been acknowledged and was not
// answered. A dongle that was reset or could not read what came is asked again.
func unanswered(err error) bool {
	late, ok := errors.AsType[*transport.TimeoutError](err)
	return ok && late.Timer == timerP2 || errors.Is(err, transport.ErrGarbled) ||
		errors.Is(err, transport.ErrOverrun) || errors.Is(err, transport.ErrReset)
}

// unheard reports whether a frame failed for want of somebody at this rate:
// no acknowledge, no answer, or bus errors until the controller or we gave up.
func unheard(err error) bool {
	late, ok := errors.AsType[*transport.TimeoutError](err)
	return ok && late.Timer == "N_As" || errors.Is(err, transport.ErrBusOff) || nobody(err)
}

func rest(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
