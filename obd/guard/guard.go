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

	mu     sync.Mutex // never held while a unit is waited for
	units  map[unitKey]*known
	states map[transport.Address]*state
	moving map[transport.Address]bool // who last said that the car moves
}

// New guards l. Whoever calls it gives l away.
func New(l transport.Link, p Policy) *Link {
	g := &Link{
		inner:  l,
		units:  map[unitKey]*known{},
		states: map[transport.Address]*state{},
		moving: map[transport.Address]bool{},
	}
	for _, u := range p.Units {
		g.Declare(u)
	}
	return g
}

// Dial opens a conversation in one dialect; its errors are the link's.
func (g *Link) Dial(ctx context.Context, a transport.Address, d Dialect, p transport.Params) (*Conn, error) {
	inner, err := g.inner.Dial(ctx, a, p)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return &Conn{link: g, inner: inner, address: a, dialect: d, group: group(a), state: g.state(a), unit: g.unit(a, d)}, nil
}

// Close closes the link beneath.
func (g *Link) Close() error { return g.inner.Close() }

// group reports whether a reaches more than one unit: because it says so, or
// because its request is addressed to all although one answer is waited for.
func group(a transport.Address) bool {
	all := a.TX == 0x7DF || a.TX>>16 == 0x18DB || a.HasAE && a.TX == 0x6F1 && a.TXAE == 0xDF
	return all || a.Functional()
}
