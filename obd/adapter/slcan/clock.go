package slcan

import "time"

// A dongle's times are ms modulo one of these: a minute as LAWICEL has it, or
// all that four digits can say. Which one is learned.
var turns = []int64{60_000, 65_536}

// clock translates the dongle's times into ours. What a line took to us is not
// known; the one that took least, of late, is taken to have taken nothing.
type clock struct {
	turn  int64 // ms; 0: not known yet
	stamp int64 // the last one; valid if seen is
	seen  time.Time
	at    time.Time // the last one on our clock, as if no line took any time

	last time.Time // the time given last
}

const (
	drift = 1000                   // clocks go apart by less than one part in so many
	sure  = 500 * time.Millisecond // lines come with less delay than that
	leap  = 2 * time.Second        // a dongle that seems to be so far off has begun anew
)

// arrival gives the time of a line without a time, received now.
func (c *clock) arrival(now time.Time) time.Time {
	if now.Before(c.last) {
		now = c.last
	}
	c.last = now
	return now
}

// ours gives our time of what the dongle says happened at stamp ms and came
// now. It never goes back, and is never after now.
func (c *clock) ours(now time.Time, stamp int) time.Time {
	passed := now.Sub(c.seen)
	step := c.step(passed, int64(stamp))
	t := c.at.Add(step + passed/drift)
	if c.seen.IsZero() || t.After(now) || now.Sub(t) > leap {
		t = now
	}
	c.stamp, c.seen, c.at = int64(stamp), now, t
	return c.arrival(t)
}

// step gives what passed on the dongle's clock: of the spans that its times
// allow the one that is next to what passed here.
func (c *clock) step(passed time.Duration, stamp int64) time.Duration {
	if stamp >= turns[0] || c.stamp >= turns[0] {
		c.turn = turns[1]
	}
	if c.turn != 0 {
		return nearest(passed, stamp-c.stamp, c.turn)
	}
	a, b := nearest(passed, stamp-c.stamp, turns[0]), nearest(passed, stamp-c.stamp, turns[1])
	offA, offB := (passed - a).Abs(), (passed - b).Abs()
	switch {
	case offA < sure && offB > 2*sure:
		c.turn = turns[0]
	case offB < sure && offA > 2*sure:
		c.turn = turns[1]
	}
	if offB < offA {
		return b
	}
	return a
}

// nearest gives what is next to passed of ms and all that differ from it by
// whole turns.
func nearest(passed time.Duration, ms, turn int64) time.Duration {
	span := time.Duration(turn) * time.Millisecond
	d := time.Duration(ms) * time.Millisecond
	return d + (passed - d).Round(span)
}
