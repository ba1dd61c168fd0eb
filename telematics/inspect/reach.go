package inspect

import (
	"cmp"
	"errors"

	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/telematics"
)

// unlessBeyond passes all errors but those of an adapter that cannot carry what
// it was given: then the unit is just not asked.
func unlessBeyond(err error) error {
	if beyond(err) {
		return nil
	}
	return err
}

// missed reports whether a request says nothing of the unit: the adapter could
// not make it, or lost what came.
func missed(err error) bool { return spoiled(err) || errors.Is(err, transport.ErrLength) }

// unlessBeyond reports whether the unit can be asked with this adapter, and
// tells if not.
func (t *talk) unlessBeyond() bool {
	if t.beyond {
		t.p.unreachable(t.unit)
	}
	return !t.beyond
}

// unreachable tells of a unit that this adapter cannot ask. That it does not
// answer says nothing. Guesses are counted only.
func (p *pass) unreachable(u target) {
	if u.probe {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.guesses++
		return
	}
	p.find(telematics.UnitUnreachable, u.Name, p.adapterName(), u.Address.String())
	p.list(listed(u.Unit))
}

func (p *pass) adapterName() string { return cmp.Or(p.out.Adapter.Description, p.out.Adapter.URI) }

// adapterSuffered tells what the adapter went through, and what it could not do.
func (p *pass) adapterSuffered(resets, overruns, garbled uint64) {
	tell := func(id telematics.FindingID, n uint64) {
		if n > 0 {
			p.find(id, "", n)
		}
	}
	tell(telematics.AdapterReset, resets)
	tell(telematics.AdapterOverrun, overruns)
	tell(telematics.AdapterGarbled, garbled)
	if p.guesses > 0 {
		p.find(telematics.PlacesUnreachable, "", p.adapterName(), p.guesses)
	}
}
