package socketcand

import "time"

// clock translates the server's times into ours. What a message took is not
// known; the one that took least, of late, is taken to have taken nothing.
type clock struct {
	offset time.Duration // ours minus the server's
	at     time.Time     // when offset was right
	last   time.Time     // the time given last
}

const (
	drift = 1000        // clocks go apart by less than one part in so many
	leap  = time.Second // a message that seems to be later tells that a clock was set
)

// ours gives our time of what the server says happened at stamp and arrived
// now. It never goes back, and is never after now.
func (c *clock) ours(now, stamp time.Time) time.Time {
	lag := now.Sub(stamp)
	offset := c.offset + now.Sub(c.at)/drift
	if c.at.IsZero() || lag < offset || lag-offset > leap {
		offset = lag
	}
	c.offset, c.at = offset, now
	t := now.Add(offset - lag)
	if t.Before(c.last) {
		t = c.last
	}
	c.last = t
	return t
}
