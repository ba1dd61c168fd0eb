package discover

import (
	"slices"
	"time"

	"github.com/untether-obd/untether/obd/transport"
)

// candidate is who seems to have answered.
type candidate struct {
	from   source
	at     time.Time // of the first answer
	causes []*probe  // of the first answer
	short  bool      // a probe without padding was answered
	padded bool      // a full one was

	answer  []byte    // the last one that was no 78
	answers int       // to probes
	unasked int       // those that nobody had asked for
	pending time.Time // of a 78 without what it announced; zero: none
	clock   clock     // runs while the unit is asked alone
}

// take notes an answer. One that nothing caused ends the wait after a 78, or
// nobody had asked for it.
func (c *candidate) take(at time.Time, msg []byte, causes []*probe) {
	switch {
	case len(causes) > 0:
		c.answers++
		if p := causes[len(causes)-1]; p.Pad == transport.PadNone {
			c.short = true
		} else {
			c.padded = true
		}
	case c.pending.IsZero():
		c.unasked++
	}
	c.pending = time.Time{}
	if isPending(msg) {
		c.pending = at
		return
	}
	c.answer = slices.Clone(msg)
}

// prompt is within which an answer usually comes: the default P2 of a server
// (ISO 14229-2), and half of it for the way.
const prompt = 75 * time.Millisecond

// likely are the probes that may have caused the first answer: known addresses
// first, then those asked a prompt time before, then the more usual pairs.
func (c *candidate) likely() []*probe {
	rank := func(p *probe) (r int) {
		if p.known && sourceOf(p.Address) == c.from {
			return -1
		}
		for from := range expected(p) {
			if from == c.from {
				break
			}
			r++
		}
		if c.at.Sub(p.echoed) > prompt {
			r += 100
		}
		return r
	}
	list := slices.Clone(c.causes)
	slices.SortStableFunc(list, func(a, b *probe) int { return rank(a) - rank(b) })
	return list
}
