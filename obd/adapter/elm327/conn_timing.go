package elm327

import (
	"context"
	"fmt"
	"time"

	"github.com/untether-obd/untether/obd/transport"
)

// The chip's timer of ATST.
const (
	tick        = 4 * time.Millisecond
	ticksMax    = 255
	leastWindow = 60 * time.Millisecond  // a unit that works on it says 78 within 50 ms (P2 of ISO 14229-2)
	mostWindow  = 600 * time.Millisecond // a first frame is to be answered within N_Bs, a second
	margin      = 20 * time.Millisecond
)

// How long a chip may be silent in a request, beyond its window: as long as its
// own work takes; and the later genuine ones keep the window open for 5 s after
// a 78.
const (
	chipLimit = 500 * time.Millisecond
	heldLimit = 6 * time.Second
)

// habits are the latencies of units, by unit and service. That of service 0 is
// the unit's longest in any.
type habits map[habit]time.Duration

type habit struct {
	unit    transport.Address
	service byte
}

// learn notes how long a unit took to begin its answer: the longest, which
// fades.
func (h habits) learn(a transport.Address, service byte, took time.Duration) {
	for _, k := range []habit{{a, service}, {a, 0}} {
		h[k] = max(took, h[k]*15/16)
	}
}

// latency is what is known of a unit.
func (h habits) latency(a transport.Address, service byte) (took time.Duration, known bool) {
	if took, known = h[habit{a, service}]; !known {
		took, known = h[habit{a, 0}]
	}
	return took, known
}

// window is how long the chip shall wait for the next frame; after the last
// one it waits as long for nothing. An answer that does not begin in it is
// listened for; but what was missed so the next request waits for.
func (x *exchange) window() time.Duration {
	c, most := x.conn, min(x.want.Within, mostWindow)
	took, known := c.link.habits.latency(c.addr, x.service)
	switch {
	case c.missed:
		return most
	case known:
		return min(most, max(leastWindow, took+took/4+margin))
	case c.addr.Functional(), x.chip.caps.cheap():
		return most
	}
	return min(most, leastWindow)
}

// timeout sets the chip's timer to a window. Longer than it need be is as
// well, up to a point: the command costs time too; and to any where the chip
// knows how much comes, and waits for nothing behind it, or where nobody answers
// one after another.
func (x *exchange) timeout(ctx context.Context, window time.Duration, counted bool) error {
	d := x.conn.link.dongle
	ticks := min(int((window+tick-1)/tick), ticksMax)
	if slack := d.ticks - ticks; d.ticks > 0 && slack >= 0 && (slack <= 5 || counted || x.conn.link.unheard) {
		return d.set(ctx, regTimeout, ticksOf(d.ticks))
	}
	if err := d.set(ctx, regTimeout, ticksOf(ticks)); err != nil {
		return err
	}
	d.ticks = ticks
	return nil
}

func ticksOf(n int) string { return fmt.Sprintf("%02X", n) }

// learn keeps what an answer tells of later ones.
func (x *exchange) learn(it item) {
	if d := it.msg.Data; len(d) > 0 && d[0] != 0x7F {
		x.positive++
	}
	first := !x.heard || x.conn.addr.Functional() // of a group the slowest counts
	if it.err != nil || !first || x.sent.IsZero() || it.msg.First.Before(x.sent) {
		return
	}
	x.heard = true
	x.conn.link.habits.learn(x.conn.addr, x.service, max(0, it.msg.First.Sub(x.sent)))
}

// slack is what the dongle adds to the time in which an answer comes.
func (d *Dongle) slack() time.Duration {
	if d.baud == 0 {
		return 150 * time.Millisecond // a network
	}
	return 64*10*time.Second/time.Duration(d.baud) + margin
}
