// Package bringup joins a car's bus without harm: it listens before it says
// anything, finds the bit rate, wakes a sleeping car and gives a guarded link.
//
//	listen 500k, 250k ... ──frames──► active at that rate ───────────────┐
//	   │        │                                                        ▼
//	   │        └─errors──► listen once more where it was silent         Car
//	   │                      │          └──frames──► active there ──────┤
//	   │                      └──► BusErrorsError: never active          │
//	   └─silent──► ask 7DF 01 00 ──acknowledged──────────────────────────┤
//	                 │ nobody acknowledges                               │
//	                 └► wake ≤ 2 s, wait 500 ms, once more ──acknowledged┤
//	                       └► the next rate, once ──acknowledged─────────┘
//	                             └► NoCarError
//
// An adapter may count as acknowledged whatever it sends. Then an answer is
// waited for in place of the acknowledge, and if there is none the car is
// joined all the same, and unproven: on a bench many units know no 01 00.
//
// After that it is silent: a car whose bus nobody uses can sleep.
//
// A dongle hides the acknowledge: there it takes an answer to 7DF 01 00, or to
// 18DB33F1 01 00. See Through.
package bringup

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
)

// Listening and waking of the car, see the package's diagram.
const (
	Listen   = 300 * time.Millisecond // at each bit rate
	wakeFor  = 2 * time.Second
	wakeRest = 500 * time.Millisecond // units boot after the first frame
	prompt   = 50 * time.Millisecond  // a car that is awake acknowledges sooner, also through a slow adapter
	ackLimit = 100 * time.Millisecond // a frame that nobody acknowledged by then is lost
	answers  = 100 * time.Millisecond // by then the answers have come that nobody takes: P2 is 50 ms
)

// Bitrates are those of ISO 15765-4, in its order. A profile may name others.
var Bitrates = []int{500_000, 250_000}

// road is an adapter, as far as bringing a car up needs it.
type road interface {
	// listen tells hear of all that is on the bus at a bit rate, without a
	// word of ours, for Listen.
	listen(ctx context.Context, rate int, hear func(*can.Frame)) error

	// join gives a link that may send.
	join(ctx context.Context, rate int) (adapter.CarriedLink, error)

	// ask asks until somebody is there or limit is over. ready: somebody was
	// there at once. That nobody is matches nobody, a wrong bit rate unheard.
	ask(ctx context.Context, car *Car, limit time.Duration) (ready bool, err error)
}

// Up joins the car behind c, at the one bit rate of an adapter that stays at it
// (*adapter.FixedBitrateError). On success the caller closes Car.Link, which
// closes the bus too; on an error nothing is left open.
func Up(ctx context.Context, c adapter.Controller) (*Car, error) {
	w := &wire{Controller: c}
	car, err := up(ctx, w)
	if none, ok := errors.AsType[*NoCarError](err); ok && w.blind {
		return join(ctx, w, &Car{Bitrate: none.Bitrates[0], Quiet: true, Deaf: none.Deaf, Unproven: true})
	}
	return car, err
}

func up(ctx context.Context, r road) (*Car, error) {
	var silent []heard
	rates := Bitrates
	for len(silent) < len(rates) {
		rate := rates[len(silent)]
		h, err := listen(ctx, r, rate)
		if fixed, ok := errors.AsType[*adapter.FixedBitrateError](err); ok && len(rates) > 1 {
			rates = only(fixed.Bitrate, rates[:len(silent)])
			continue
		}
		if _, deaf := errors.AsType[*adapter.CannotListenError](err); deaf {
			return knock(ctx, r, rates, true)
		}
		if err != nil {
			return nil, err
		}
		if h.good() {
			return join(ctx, r, h.car(rate))
		}
		silent = append(silent, h)
	}
	if slices.ContainsFunc(silent, heard.bad) {
		return again(ctx, r, rates, silent)
	}
	return knock(ctx, r, rates, false)
}

// again listens once more where nothing at all was heard, since errors at
// another rate show that there is traffic: it may have paused, or this computer.
func again(ctx context.Context, r road, rates []int, first []heard) (*Car, error) {
	for i, rate := range rates {
		if first[i].bad() {
			continue
		}
		h, err := listen(ctx, r, rate)
		if err != nil {
			return nil, err
		}
		if h.good() {
			return join(ctx, r, h.car(rate))
		}
		first[i] = h
	}
	fd := func(h heard) bool { return h.fd > 0 }
	return nil, &BusErrorsError{Bitrates: rates, FD: slices.ContainsFunc(first, fd)}
}

// only leaves the bit rate at which an adapter stays: it was tried already, or
// is the one to try.
func only(rate int, tried []int) []int {
	if len(tried) > 0 {
		return tried
	}
	return []int{rate}
}

// join opens a link for sending.
func join(ctx context.Context, r road, car *Car) (*Car, error) {
	link, err := r.join(ctx, car.Bitrate)
	if err != nil {
		return nil, err
	}
	return car.over(link), nil
}
