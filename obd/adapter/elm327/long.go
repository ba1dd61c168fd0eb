package elm327

import (
	"context"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

// transmit sends a frame of our own making: the chip adds nothing (ATCAF0) and
// sends no flow control (ATCFC0). What comes back before its prompt goes to
// the Machines.
func (x *exchange) transmit(ctx context.Context, u *unit, f *can.Frame) error {
	if err := x.settings(ctx, u.addr, true); err != nil {
		return err
	}
	r := u.sends(f)
	count := digit(x.countFor(u, r))
	window := x.windowFor(r)
	if err := x.timeout(ctx, window, count != ""); err != nil {
		return err
	}
	payload := f.Payload()
	if x.sieves() {
		payload = payload[u.ae:]
	}
	err := x.stream(ctx, hexOf(payload)+count, x.patience(r), func() {
		if r == reactionAnswer {
			x.sent = time.Now()
		}
		u.m.Transmitted(x.now(), true)
		x.events(u)
	})
	if r == reactionAnswer {
		x.remember(err, true) // a first frame, or all there is
	}
	return err
}

// patience is how long the chip may be silent.
func (x *exchange) patience(r reaction) time.Duration {
	if r == reactionAnswer && !x.chip.caps.cheap() {
		return mostWindow + heldLimit
	}
	return mostWindow + chipLimit
}

// windowFor is how long the chip waits for what answers a frame.
func (x *exchange) windowFor(r reaction) time.Duration {
	switch r {
	case reactionNone:
		return tick
	case reactionAnswer:
		return x.window()
	}
	return max(leastWindow, x.params().STmin+margin)
}

// countFor is how many frames answer a frame, as far as that is known; 0: it
// is not.
func (x *exchange) countFor(u *unit, r reaction) int {
	switch r {
	case reactionFlow:
		return 1
	case reactionRest:
		if u.burst > 0 {
			return min(u.frames, u.burst)
		}
		return u.frames
	case reactionAnswer:
		return x.conn.learned[x.key]
	}
	return 0
}
