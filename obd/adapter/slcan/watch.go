package slcan

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

// How often a dongle is asked what happened.
const (
	// settle is when a frame that nobody acknowledged has become an error:
	// a controller has then repeated it often enough to be error-passive.
	settle = 10 * time.Millisecond

	lasting = 3 // troubled answers in a row: more than a controller needs to go bus-off

	calm      = 100 * time.Millisecond // with nothing to confirm
	pulse     = 2 * time.Second        // where it has no status: whether it is there
	trust     = time.Second            // who was on the bus so lately is still
	maxMissed = 3                      // answers, before a dongle is lost

	maxFlying = 256 // frames; no dongle keeps so many
)

// taken notes a frame that the dongle has. The reader calls it, so that what
// comes after the acknowledge comes after the confirmation.
func (f *flight) taken() {
	b := f.bus
	if !b.status {
		return
	}
	f.at = time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.flying) == maxFlying {
		b.flying = slices.Delete(b.flying, 0, 1)
	}
	b.flying = append(b.flying, *f)
	if !b.proven.IsZero() && f.at.Sub(b.proven) < trust {
		b.confirm(certainly)
		return
	}
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// confirm gives the echo of all frames in flight that are sure; b.mu is held.
func (b *bus) confirm(sure func(*flight) bool) {
	still := b.flying[:0]
	for i := range b.flying {
		if f := &b.flying[i]; sure(f) {
			b.in.Push(&can.Rx{Frame: f.frame, Time: time.Now(), Own: true})
			b.health.unheard = false
		} else {
			still = append(still, *f)
		}
	}
	b.flying = still
}

func certainly(*flight) bool { return true }

// take hands on a frame of others. That they are there confirms ours.
func (b *bus) take(rx *can.Rx) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.proven = time.Now()
	b.confirm(certainly)
	b.in.Push(rx)
}

// watch asks the dongle for its status again and again, or whether it is there.
func (b *bus) watch(ctx context.Context) {
	defer close(b.watched)
	timer := time.NewTimer(0)
	defer timer.Stop()
	missed := 0
	for {
		timer.Reset(b.interval())
		select {
		case <-timer.C:
		case <-b.wake:
			continue
		case <-ctx.Done():
			return
		}
		err := b.check(ctx)
		switch {
		case err == nil:
			missed = 0
		case errors.Is(err, errMissing):
			missed++
		case ctx.Err() != nil:
			return
		}
		if missed == maxMissed {
			err = &LostError{URI: b.dongle.options.URI, Err: ErrGone}
		}
		if _, lost := errors.AsType[*LostError](err); lost {
			b.in.End(err)
			return
		}
	}
}

func (b *bus) interval() time.Duration {
	if !b.status {
		return pulse
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if slices.ContainsFunc(b.flying, func(f flight) bool { return !f.doubted }) {
		return settle
	}
	return calm
}

func (b *bus) check(ctx context.Context) error {
	if !b.status {
		_, err := b.dongle.dialogue.ask(ctx, "V", kindVersion|kindText)
		return err
	}
	return b.stillOpen(ctx)
}

// stillOpen asks for the status; a dongle that refuses it is no longer on the
// bus. One that has none cannot be asked.
func (b *bus) stillOpen(ctx context.Context) error {
	if !b.status {
		return nil
	}
	asked := time.Now()
	w, err := b.dongle.dialogue.ask(ctx, "F", kindStatus)
	switch {
	case err != nil:
		return err
	case w.kind == kindRefused:
		return &LostError{URI: b.dongle.options.URI, Err: ErrReset}
	}
	b.judge(w.flags, asked)
	return nil
}

// judge takes a status that was asked for at a time.
func (b *bus) judge(flags byte, asked time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.health.reports(flags, len(b.flying) > 0) {
		b.in.Push(&can.Rx{Frame: f, Time: time.Now()})
	}
	if flags&flagsOfLoss != 0 {
		b.in.Lose(1)
	}
	switch {
	case !b.health.trouble(flags):
		b.settled(asked)
	case len(b.flying) > 0:
		b.health.troubled++
	}
}

// settled confirms what had time to fail and did not. Trouble that ends soon
// may have ended with the frame, as the controller went bus-off; a frame that
// nobody acknowledges is repeated for as long as it takes.
func (b *bus) settled(asked time.Time) {
	if b.health.troubled > 0 && b.health.troubled < lasting {
		for i := range b.flying {
			b.flying[i].doubted = true
		}
	}
	b.health.troubled = 0
	ripe := asked.Add(-settle)
	before := len(b.flying)
	b.confirm(func(f *flight) bool { return !f.doubted && !f.at.After(ripe) })
	if len(b.flying) < before {
		b.proven = asked
	}
}
