package guard

import (
	"slices"

	"github.com/untether-obd/untether/obd/transport"
)

// Policy is what is known of a car's units.
type Policy struct{ Units []Unit }

// Unit widens, and narrows, what may be asked at one address in one dialect.
// Without one only the standard reads of the dialect pass.
type Unit struct {
	Address  transport.Address
	Dialect  Dialect
	Reads    [][]byte // whole requests: 22 D05A, 21 04, 1A 90; those of other services mean nothing
	Withheld [][]byte // requests never made, nor any that starts so: private and secret ids

	Sessions         []byte // session bytes besides the dialect's own
	MayChangeSession bool   // the unit's role is telematics or head unit
}

// known is a Unit as the guard keeps it: out of its maker's reach.
type known struct {
	reads     map[string]bool // by id, see ids
	withheld  []string
	sessions  []byte
	mayChange bool
}

type unitKey struct {
	address transport.Address
	dialect Dialect
}

// Declare makes a unit of the segment that the link is on known, also to Conns
// that exist. It replaces an earlier
// declaration of the same address and dialect, but what that withheld stays
// withheld.
func (g *Link) Declare(u Unit) {
	g.mu.Lock()
	defer g.mu.Unlock()
	unit := g.here.unit(u.Address, u.Dialect)
	k := known{
		reads:     map[string]bool{},
		withheld:  unit.withheld,
		sessions:  append(slices.Clone(u.Sessions), ownSessions[u.Dialect]...),
		mayChange: u.MayChangeSession,
	}
	for _, r := range u.Reads {
		for _, id := range ids(r) {
			k.reads[id] = true
		}
	}
	for _, w := range u.Withheld {
		k.withheld = append(k.withheld, ids(w)...)
	}
	*unit = k
}
