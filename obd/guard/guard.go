package guard

import (
	"context"
	"sync"

	"github.com/untether-obd/untether/obd/transport"
)

// Link is the only way to a transport.Link. It is no transport.Link itself:
// a conversation needs a dialect.
type Link struct {
	inner transport.Link

	mu       sync.Mutex // never held while a unit is waited for
	segments map[string]*segment
	here     *segment // that the link is on
	away     bool     // it is being switched to another
	dialling int      // how many Dials are under way
}

// New guards l. Whoever calls it gives l away.
func New(l transport.Link, p Policy) *Link {
	g := &Link{inner: l, segments: map[string]*segment{}}
	g.here = g.at(transport.UsualPins)
	g.here.agreed = true
	for _, u := range p.Units {
		g.Declare(u)
	}
	return g
}

// Dial opens a conversation in one dialect on the segment that the link is on;
// its errors are the link's, and a *DeniedError while that is being switched.
func (g *Link) Dial(ctx context.Context, a transport.Address, d Dialect, p transport.Params) (*Conn, error) {
	s, ok := g.dial()
	if !ok {
		return nil, &DeniedError{Address: a, Dialect: d, Rule: ruleElsewhere}
	}
	inner, err := g.inner.Dial(ctx, a, p)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.dialling--
	if err != nil {
		return nil, err
	}
	return &Conn{
		link: g, inner: inner, address: a, dialect: d, group: group(a),
		segment: s, state: s.state(a), unit: s.unit(a, d),
	}, nil
}

// dial keeps the link where it is while a Dial is under way.
func (g *Link) dial() (s *segment, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.away {
		return nil, false
	}
	g.dialling++
	return g.here, true
}

// Close closes the link beneath.
func (g *Link) Close() error { return g.inner.Close() }

// group reports whether a reaches more than one unit: because it says so, or
// because its request is addressed to all although one answer is waited for.
func group(a transport.Address) bool {
	all := a.TX == 0x7DF || a.TX>>16 == 0x18DB || a.HasAE && a.TX == 0x6F1 && a.TXAE == 0xDF
	return all || a.Functional()
}
