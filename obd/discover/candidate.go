package discover

import (
	"cmp"
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
	excess  int       // those that nobody had asked for
	last    time.Time // any of them
	pending time.Time // of a 78 without what it announced; zero: none
	clock   clock     // runs while the unit is asked alone
}

// take notes an answer. One that nothing caused ends the wait after a 78, or
// nobody had asked for it.
func (c *candidate) take(at time.Time, msg []byte, causes []*probe) {
	switch {
	case len(causes) > 0:
		c.answers++
		c.excess += c.tooMany(causes)
		if p := causes[len(causes)-1]; p.Pad == transport.PadNone {
			c.short = true
		} else {
			c.padded = true
		}
	case c.pending.IsZero():
		c.excess++
	}
	c.last, c.pending = at, time.Time{}
	if isPending(msg) {
		c.pending = at
		return
	}
	c.answer = slices.Clone(msg)
}

// address is where the candidate is if p is what it answers to.
func (c *candidate) address(p *probe) transport.Address {
	a := p.Address
	a.RX, a.RXLast, a.RXAE = c.from.id, c.from.id, c.from.ae
	return a
}

// perProbe is how many answers one probe can have: a unit may answer in the
// name of another besides.
const perProbe = 2

// tooMany is 1 if an answer is more than its causes can account for.
func (c *candidate) tooMany(causes []*probe) int {
	for _, p := range causes {
		if p.answers < perProbe {
			p.answers++
			return 0
		}
	}
	return 1
}

// prompt is how much earlier a probe of a more usual pair may have been asked
// and yet come first: most units answer sooner.
const prompt = 25 * time.Millisecond

// likely are the probes that may have caused the first answer: known addresses
// first, then the more usual pairs and those asked shortly before.
func (c *candidate) likely() []*probe {
	list := slices.Clone(c.causes)
	slices.SortStableFunc(list, func(a, b *probe) int { return cmp.Compare(c.doubt(a), c.doubt(b)) })
	return list
}

func (c *candidate) doubt(p *probe) time.Duration {
	if p.known && sourceOf(p.Address) == c.from {
		return -1
	}
	rank := 0
	for from := range expected(p) {
		if from == c.from {
			break
		}
		rank++
	}
	return time.Duration(rank)*prompt + c.at.Sub(p.echoed)
}
