package discover

import "time"

// pace says when the next probe may go: a bucket of bits on the wire that
// fills at a rate. It counts from a fixed moment, so that a timer that fires
// late delays one probe and not all that follow; at most burst is made up for.
type pace struct {
	share float64 // of free
	free  float64 // bit/s that others leave
	since time.Time
	spent float64 // bits, since then
}

const burst = 4 * time.Millisecond

// most is the greatest share of the free bus that is used. Without any gap an
// answer with a high identifier would wait until the last probe is gone.
const most = 0.92

func (p *pace) rate() float64 { return min(p.share, most) * p.free }

// due is when all that was spent is paid for.
func (p *pace) due() time.Time {
	return p.since.Add(time.Duration(p.spent / p.rate() * float64(time.Second)))
}

func (p *pace) spend(bits int) { p.spent += float64(bits) }

// forget lets go of what was left unused, but for a burst.
func (p *pace) forget(now time.Time) {
	if idle := now.Sub(p.due()) - burst; idle > 0 {
		p.since = p.since.Add(idle)
	}
}

// set changes the share from now on.
func (p *pace) set(now time.Time, share float64) {
	debt := max(p.spent-p.rate()*now.Sub(p.since).Seconds(), 0)
	p.share, p.since, p.spent = share, now, debt
}
