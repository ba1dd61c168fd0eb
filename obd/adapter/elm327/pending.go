package elm327

import (
	"context"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

// listenLeast is less than listening is worth: the chip takes as long to begin
// and to end it.
const listenLeast = 25 * time.Millisecond

// step does the next thing after a prompt: a frame of ours that is due, the
// pause between two, listening. more is false when nothing is left to do.
//
// An answer that is late, or that a 78 has promised, is listened for and never
// asked for again.
func (x *exchange) step(ctx context.Context) (more bool, err error) {
	if frame, err := x.speak(ctx); frame || err != nil {
		return true, err
	}
	now := x.now()
	if x.main.sending && !x.main.asked {
		return true, pause(ctx, x.main.m.Deadline().Sub(now))
	}
	until, ok := x.unfinished()
	if ok && x.quit() {
		return false, nil
	}
	if !ok {
		until, ok = x.awaited(now)
	}
	if !ok {
		return false, nil
	}
	return true, x.listen(ctx, max(until.Sub(now), time.Millisecond))
}

// unfinished is when the first of the Machines gives up.
func (x *exchange) unfinished() (until time.Time, ok bool) {
	for _, u := range x.all() {
		if !u.m.Receiving() && !u.asked {
			continue
		}
		if at := u.m.Deadline(); !ok || at.Before(until) {
			until, ok = at, true
		}
	}
	return until, ok
}

// awaited is how long an answer is listened for that has not begun.
func (x *exchange) awaited(now time.Time) (until time.Time, ok bool) {
	x.conn.mu.Lock()
	defer x.conn.mu.Unlock()
	if x.conn.link.kline != nil {
		return until, false // between its requests the chip does not listen there
	}
	due := len(x.later) > 0 || x.left != 0 // of a group anybody may still answer
	return x.until, due && !x.hushed && x.until.Sub(now) >= listenLeast
}

// listen opens the chip's window again, without a word on the bus. It ends when
// something is whole or is to be answered.
func (x *exchange) listen(ctx context.Context, d time.Duration) error {
	if !x.begin() {
		return context.Canceled
	}
	defer x.end()
	if err := x.lead(ctx, x.conn.addr, x.raw()); err != nil {
		return err
	}
	if err := x.conn.link.dongle.optional(ctx, regSilent, acknowledge); err != nil {
		return err
	}
	return x.survive(x.chip.stream(ctx, x.conn.link.dongle.monitor(), wait{quiet: d, total: d}, x.line))
}

// raw leaves the chip's format as it is, where it can be what we need.
func (x *exchange) raw() bool { return x.chip.regs.want[regFormat] == "0" }

// quit says that nobody waits for what is coming.
func (x *exchange) quit() bool {
	x.conn.mu.Lock()
	defer x.conn.mu.Unlock()
	return x.hushed && !x.main.sending
}

func (x *exchange) begin() bool {
	x.conn.mu.Lock()
	defer x.conn.mu.Unlock()
	x.listening = !x.hushed || x.main.sending
	return x.listening
}

func (x *exchange) end() {
	x.conn.mu.Lock()
	defer x.conn.mu.Unlock()
	x.listening = false
}

// monitor is the command that prints what the filter lets through.
func (d *Dongle) monitor() string {
	if d.chip.caps.STN == Yes {
		return "STM"
	}
	return "ATMA"
}

// speak sends a frame that is due, if there is one.
func (x *exchange) speak(ctx context.Context) (bool, error) {
	for _, u := range x.all() {
		now := x.now()
		u.m.Expire(now)
		x.events(u)
		var f can.Frame
		if u.m.NextFrame(now, &f) {
			return true, x.transmit(ctx, u, &f)
		}
	}
	return false, nil
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(max(d, time.Millisecond))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
