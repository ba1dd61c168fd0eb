package discover

import (
	"slices"
	"time"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// Timing is what was measured of a unit over all that it was asked alone.
type Timing struct {
	P2     Spread // end of the request to the first frame of the answer, 78 included
	P2Star Spread // a 78 to the frame after it
	Gap    Spread // between consecutive frames of its long answers: the STmin that it keeps
}

// Spread is how measured times are spread. Without any, all is zero.
type Spread struct {
	Count                  int
	Min, Median, Mean, Max time.Duration
}

func spread(all []time.Duration) Spread {
	if len(all) == 0 {
		return Spread{}
	}
	slices.Sort(all)
	var sum time.Duration
	for _, d := range all {
		sum += d
	}
	n := len(all)
	return Spread{Count: n, Min: all[0], Median: all[n/2], Mean: sum / time.Duration(n), Max: all[n-1]}
}

// clock measures a unit by the frames that pass, in the bus's time. The zero
// clock does not run.
type clock struct {
	address transport.Address
	request time.Time // not answered yet; zero: none
	pending time.Time // the last frame, if it was a 78
	last    time.Time // the last frame, if it was consecutive

	p2, p2Star, gaps []time.Duration
}

// Kinds of frame, by the high half of the PCI.
const (
	singleFrame      = 0
	firstFrame       = 1
	consecutiveFrame = 2
)

// asked takes a frame of ours.
func (c *clock) asked(rx *can.Rx) {
	if c.address.IsZero() {
		return
	}
	if d, ok := sourceOf(c.address.Reversed()).payload(&rx.Frame); ok && len(d) > 0 && d[0]>>4 == singleFrame {
		c.request, c.pending, c.last = rx.Time, time.Time{}, time.Time{}
	}
}

// heard takes what the unit sent, PCI first.
func (c *clock) heard(at time.Time, d []byte) {
	if c.address.IsZero() || len(d) == 0 {
		return
	}
	switch kind := d[0] >> 4; {
	case kind == consecutiveFrame:
		if !c.last.IsZero() {
			c.gaps = add(c.gaps, at.Sub(c.last))
		}
		c.last = at
		return
	case kind != singleFrame && kind != firstFrame:
		return
	}
	switch {
	case !c.pending.IsZero():
		c.p2Star = add(c.p2Star, at.Sub(c.pending))
	case !c.request.IsZero():
		c.p2 = add(c.p2, at.Sub(c.request))
	}
	c.request, c.pending, c.last = time.Time{}, time.Time{}, time.Time{}
	if msg := single(d); len(msg) == 3 && msg[0] == negative && msg[2] == pending {
		c.pending = at
	}
}

// samples bounds what a unit that never stops can make us keep.
const samples = 1000

func add(list []time.Duration, d time.Duration) []time.Duration {
	if len(list) == samples {
		return list
	}
	return append(list, d)
}

// latest is the last P2, at least a tick.
func (c *clock) latest() time.Duration {
	if len(c.p2) == 0 {
		return 0
	}
	return max(c.p2[len(c.p2)-1], 1)
}

func (c *clock) timing() Timing {
	return Timing{P2: spread(slices.Clone(c.p2)), P2Star: spread(slices.Clone(c.p2Star)), Gap: spread(slices.Clone(c.gaps))}
}
