// Package bringup joins a car's bus without harm: it listens before it says
// anything, finds the bit rate, wakes a sleeping car and gives a guarded link.
//
//	listen 500k, 250k ... ──frames──► active at that rate ───────────────┐
//	   │        │                                                        ▼
//	   │        └─errors only──► BusErrorsError: never active          Car
//	   └─silent──► ask 7DF 01 00 ──acknowledged──────────────────────────┤
//	                 │ nobody acknowledges                               │
//	                 └► wake ≤ 2 s, wait 500 ms, once more ──acknowledged─┤
//	                       └► the next rate, once ──acknowledged──────────┘
//	                             └► NoCarError
//
// After that it is silent: a car whose bus nobody uses can sleep.
package bringup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
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

// Car is a bus that was joined.
type Car struct {
	Link    *guard.Link
	Bitrate int     // bit/s; 0: not known
	Quiet   bool    // nothing was heard: a gateway filters, or the car slept
	Woken   bool    // the car slept and we woke it
	Errors  int     // bus errors heard at this rate while listening
	Load    float64 // share of the wire's time that others took then, 0 to 1

	isotp adapter.CarriedLink // beneath Link; nil: what is beneath has its own frames
	inUse map[id]bool
	past  *adapter.History
}

type id struct {
	number   uint32
	extended bool
}

// InUse reports whether others were heard sending with one of the address's
// identifiers: then it is no address to try.
func (car *Car) InUse(a transport.Address) bool {
	if car.past != nil {
		return car.past.InUse(a)
	}
	return car.inUse[id{a.TX, a.Extended}] || car.inUse[id{a.RX, a.Extended}]
}

// Dropped counts the frames that were lost because we read too slowly.
func (car *Car) Dropped() uint64 {
	if car.isotp == nil {
		return 0
	}
	return car.isotp.Stats().Dropped
}

// Health gives what the bus has suffered since it was joined, so far. Of a
// recording it is known in the end only, and in its History.
func (car *Car) Health() adapter.Health {
	if car.isotp == nil {
		return adapter.Health{}
	}
	s := car.isotp.Stats()
	return adapter.Health{Ignored: s.Ignored, Errors: s.Errors, Passive: s.Passive, Unheard: s.Unheard, Testers: s.Testers, FD: s.FD}
}

// History is what the recording that answers tells; nil: this is a car.
func (car *Car) History() *adapter.History { return car.past }

// BusErrorsError says that there is traffic and that no bit rate fits: the
// rate is another one, or this is a CAN FD bus and the adapter is classic.
// Nothing was sent.
type BusErrorsError struct {
	Bitrates []int
	FD       bool // FD frames were seen as such
}

func (e *BusErrorsError) Error() string {
	return fmt.Sprintf("bringup: only bus errors at %v bit/s; nothing was sent", e.Bitrates)
}

// NoCarError says that nobody acknowledges: no power, ignition off, K-line
// only, or other pins.
type NoCarError struct{ Bitrates []int }

func (e *NoCarError) Error() string {
	return fmt.Sprintf("bringup: nobody acknowledges a frame at %v bit/s", e.Bitrates)
}

// Up joins the car behind c, at the one bit rate of an adapter that stays at it
// (*adapter.FixedBitrateError). On success the caller closes Car.Link, which
// closes the bus too; on an error nothing is left open.
func Up(ctx context.Context, c adapter.Controller) (*Car, error) {
	var silent []heard
	rates := Bitrates
	for len(silent) < len(rates) {
		rate := rates[len(silent)]
		h, err := listen(ctx, c, rate)
		if fixed, ok := errors.AsType[*adapter.FixedBitrateError](err); ok && len(rates) > 1 {
			rates = only(fixed.Bitrate, rates[:len(silent)])
			continue
		}
		if err != nil {
			return nil, err
		}
		if h.good() {
			return join(ctx, c, &Car{Bitrate: rate, Errors: h.errors, Load: h.busy.Seconds() / Listen.Seconds(), inUse: h.ids})
		}
		silent = append(silent, h)
	}
	for _, h := range silent {
		if h.errors > 0 || h.fd > 0 {
			return nil, &BusErrorsError{Bitrates: rates, FD: h.fd > 0}
		}
	}
	return knock(ctx, c, rates)
}

// only leaves the bit rate at which an adapter stays: it was tried already, or
// is the one to try.
func only(rate int, tried []int) []int {
	if len(tried) > 0 {
		return tried
	}
	return []int{rate}
}

// heard is what listening at one rate brought.
type heard struct {
	frames, errors, fd int
	busy               time.Duration // what the frames took of the wire's time
	ids                map[id]bool
}

// good allows a stray error: one frame in ten.
func (h heard) good() bool { return h.frames > 10*h.errors && h.fd == 0 }

func listen(ctx context.Context, c adapter.Controller, rate int) (h heard, err error) {
	bus, err := c.OpenBus(ctx, adapter.BusConfig{Bitrate: rate, ListenOnly: true})
	if err != nil {
		return h, err
	}
	h.ids = map[id]bool{}
	until, cancel := context.WithTimeout(ctx, Listen)
	defer cancel()
	for err == nil {
		var rx can.Rx
		rx, err = bus.Recv(until)
		var dropped *can.DroppedError
		switch {
		case errors.As(err, &dropped):
			err = nil
		case err == nil:
			h.add(&rx.Frame, rate)
		}
	}
	if until.Err() != nil && ctx.Err() == nil {
		err = nil // the time is over
	}
	return h, errors.Join(err, bus.Close())
}

func (h *heard) add(f *can.Frame, rate int) {
	switch {
	case f.Is(can.Error):
		h.errors++
	case f.Is(can.FD):
		h.fd++
	default:
		h.frames++
		h.busy += can.FrameBits(f).Duration(rate, 0)
		h.ids[id{f.ID, f.Is(can.Extended)}] = true
	}
}

// join opens the bus for sending.
func join(ctx context.Context, c adapter.Controller, car *Car) (*Car, error) {
	bus, err := c.OpenBus(ctx, adapter.BusConfig{Bitrate: car.Bitrate})
	if err != nil {
		return nil, err
	}
	if car.isotp, err = carry(c, bus); err != nil {
		return nil, errors.Join(err, bus.Close())
	}
	car.Link = guard.New(car.isotp, guard.Policy{})
	return car, nil
}

// carry puts ISO-TP upon the bus: ours, unless the adapter has its own.
func carry(c adapter.Controller, bus can.Bus) (adapter.CarriedLink, error) {
	if k, ok := c.(adapter.Carrier); ok {
		return k.Carry(bus)
	}
	return isotp.NewLink(bus), nil
}

// knock asks a silent bus. Whether anybody answers does not matter yet: an
// acknowledged frame proves rate and pins.
func knock(ctx context.Context, c adapter.Controller, rates []int) (*Car, error) {
	for i, rate := range rates {
		car, err := join(ctx, c, &Car{Bitrate: rate, Quiet: true})
		if err != nil {
			return nil, err
		}
		if err = car.wake(ctx, i == 0); err == nil {
			err = rest(ctx, answers)
		}
		if err == nil {
			return car, nil
		}
		if closed := car.Link.Close(); !unheard(err) || closed != nil {
			return nil, errors.Join(err, closed)
		}
	}
	return nil, &NoCarError{Bitrates: rates}
}

// wake asks until somebody acknowledges; patiently only at the first rate,
// since waking a car takes as long at any rate. The controller itself repeats
// a frame that nobody acknowledges: it is the repeated frame that wakes. Bus
// errors end it at once: this is the wrong rate.
func (car *Car) wake(ctx context.Context, patient bool) error {
	began := time.Now()
	err := car.ask(ctx, ackLimit)
	switch unacknowledged := errors.Is(err, transport.ErrNoAck); {
	case err == nil && time.Since(began) <= prompt, err != nil && (!patient || !unacknowledged):
		return err
	case unacknowledged:
		if err = car.ask(ctx, wakeFor-ackLimit); err != nil && !errors.Is(err, transport.ErrNoAck) {
			return err
		}
	}
	car.Woken = true
	if err := rest(ctx, wakeRest); err != nil {
		return err
	}
	return car.ask(ctx, ackLimit)
}

// unheard reports whether a frame failed for want of somebody at this rate:
// no acknowledge, or bus errors until the controller or we gave up.
func unheard(err error) bool {
	var late *transport.TimeoutError
	return errors.Is(err, transport.ErrBusOff) || errors.As(err, &late) && late.Timer == "N_As"
}

func rest(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

var obd = transport.MustAddress("7DF/7E8-7EF")

// ask sends 01 00 to all emission units and waits for the acknowledge only.
func (car *Car) ask(ctx context.Context, limit time.Duration) error {
	conn, err := car.Link.Dial(ctx, obd, guard.J1979, transport.Params{Timers: transport.Timers{As: limit}})
	if err != nil {
		return err
	}
	return errors.Join(conn.Send(ctx, []byte{0x01, 0x00}, transport.Want{Answers: -1}), conn.Close())
}
