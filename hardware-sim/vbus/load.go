package vbus

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

// Load is background traffic. Set either Share or Period.
type Load struct {
	IDs     []uint32                         // sent in turn; above 7FF extended
	Payload func(id uint32, n uint64) []byte // of the nth frame of this load, zeros added up to an FD length; nil: eight random bytes
	Share   float64                          // of the wire's time, above 0 and at most 1; needs a bit rate
	Period  time.Duration                    // every identifier once in this time, evenly spread
	Poisson bool                             // exponential gaps with the same mean instead of even ones
}

func (l *Load) check(bitrate int) error {
	switch {
	case len(l.IDs) == 0:
		return errors.New("vbus: load without identifiers")
	case slices.Max(l.IDs) > can.MaxExtendedID:
		return errors.New("vbus: identifier of load out of range")
	case (l.Share != 0) == (l.Period != 0):
		return errors.New("vbus: load needs either a share or a period")
	case l.Share < 0 || l.Share > 1 || l.Period < 0:
		return errors.New("vbus: share or period of load out of range")
	case l.Share > 0 && bitrate == 0:
		return errors.New("vbus: load with a share of a segment without bit rate")
	}
	return nil
}

// Load attaches a node that sends l until it is closed, but not while it
// sleeps. It acknowledges like any other node and throws away what it
// receives. A frame that finds its queue full is left out, as by a unit that
// can't keep up.
func (s *Segment) Load(name string, l Load) (*Node, error) {
	if err := l.check(s.cfg.Bitrate); err != nil {
		return nil, err
	}
	l.IDs = slices.Clone(l.IDs)
	n := newNode(s, name, s.usual())
	s.join(n, &l)
	return n, nil
}

// generator makes the frames of a load, each at its time.
type generator struct {
	Load
	cfg    *Config
	random *rand.Rand
	next   time.Time
	count  uint64
}

func (s *Segment) generator(l Load, now time.Time) *generator {
	s.loads++
	return &generator{Load: l, cfg: &s.cfg, random: rand.New(rand.NewPCG(s.cfg.Seed, s.loads)), next: now}
}

// generate queues what the loads have made up to a time.
func (s *Segment) generate(at time.Time) {
	for _, n := range s.nodes {
		for n.gen != nil && !n.asleep && !n.gen.next.After(at) {
			n.produce()
		}
	}
}

func (n *Node) produce() {
	queued, f := n.gen.next, n.gen.frame()
	n.gen.next = queued.Add(n.gen.gap(&f))
	if len(n.queue) < n.room && n.inert() == nil {
		n.queue = append(n.queue, pending{frame: f, queued: queued, silent: true})
	}
}

func (g *generator) frame() can.Frame {
	id := g.IDs[g.count%uint64(len(g.IDs))]
	f := can.NewFrame(id, g.payload(id)...)
	f.Len = can.LenOf(can.DLCOf(f.Len))
	g.count++
	return f
}

func (g *generator) payload(id uint32) []byte {
	if g.Payload != nil {
		return g.Payload(id, g.count)
	}
	return binary.BigEndian.AppendUint64(nil, g.random.Uint64())
}

// gap is the time from f to the next frame.
func (g *generator) gap(f *can.Frame) time.Duration {
	mean := g.Period / time.Duration(len(g.IDs))
	if g.Share > 0 {
		mean = time.Duration(float64(FrameDuration(f, g.cfg.Bitrate, g.cfg.DataBitrate)) / g.Share)
	}
	if g.Poisson {
		mean = time.Duration(float64(mean) * g.random.ExpFloat64())
	}
	return max(mean, 1)
}
