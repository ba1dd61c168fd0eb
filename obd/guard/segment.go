package guard

import (
	"maps"
	"slices"

	"github.com/untether-obd/untether/obd/transport"
)

// segment is what is known of the units at one pair of pins. The same address
// elsewhere is another unit. All of it is under Link.mu.
type segment struct {
	units  map[unitKey]*known
	states map[transport.Address]*state
	moving map[transport.Address]bool // who last said that the car moves
	agreed bool                       // somebody said that we may go there
}

// at gives the one segment of a pair of pins.
func (g *Link) at(pins string) *segment {
	s, ok := g.segments[pins]
	if !ok {
		s = &segment{units: map[unitKey]*known{}, states: map[transport.Address]*state{}, moving: map[transport.Address]bool{}}
		g.segments[pins] = s
	}
	return s
}

// unit gives what is known of a unit, nothing at first. It stays the same one
// for all its Conns.
func (s *segment) unit(a transport.Address, d Dialect) *known {
	k, ok := s.units[unitKey{a, d}]
	if !ok {
		k = &known{}
		s.units[unitKey{a, d}] = k
	}
	return k
}

// state gives the one state of an address.
func (s *segment) state(a transport.Address) *state {
	v, ok := s.states[a]
	if !ok {
		v = &state{turn: make(chan struct{}, 1)}
		s.states[a] = v
	}
	return v
}

// isAt reports whether the link is on a segment, and stays there.
func (g *Link) isAt(s *segment) bool { return g.here == s && !g.away }

// moves reports whether any unit's last word on the speed was not zero.
func (g *Link) moves() bool {
	for _, s := range g.segments {
		if slices.Contains(slices.Collect(maps.Values(s.moving)), true) {
			return true
		}
	}
	return false
}
