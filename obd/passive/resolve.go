package passive

import (
	"cmp"
	"slices"

	"github.com/untether-obd/untether/obd/transport"
)

// Units gives the units heard so far, in the order in which they were first
// asked. It may be called at any time.
func (l *Listener) Units() []Unit {
	var found []*finding
	byUnit, taken := map[*stream]*finding{}, map[*stream]bool{}
	for _, p := range best(l.convincing(false)) {
		f := &finding{address: address(p.tester.endpoint, p.unit.endpoint), unit: p.unit, tester: p.tester}
		byUnit[p.unit], taken[p.tester] = f, true
		found = append(found, f)
	}
	for _, p := range l.convincing(true) {
		f := byUnit[p.unit]
		if f == nil {
			if f = l.responder(p, taken); f == nil {
				continue
			}
			byUnit[p.unit] = f
			found = append(found, f)
		}
		f.groups = append(f.groups, p)
	}
	return l.report(found)
}

// finding is a unit, the stream of requests to it alone and the groups in
// which it answers.
type finding struct {
	address transport.Address
	unit    *stream
	tester  *stream // nil: asked through groups only
	groups  []*pair
}

// responder makes a finding of a unit that answers a group and whose own
// address follows from its identifier.
func (l *Listener) responder(p *pair, taken map[*stream]bool) *finding {
	a, ok := p.tester.responder(p.unit.endpoint)
	if !ok {
		return nil
	}
	own := endpoint{id: a.TX, wide: a.Extended, fd: a.FD, addressed: a.HasAE, ae: a.TXAE}
	f := &finding{address: a, unit: p.unit}
	if t := l.streams[own]; t != nil && !taken[t] && len(t.asked) > 0 && t.pure() {
		f.tester = t
	}
	return f
}

// convincing gives the convincing pairs whose tester asks one unit, or a
// group, the better ones first.
func (l *Listener) convincing(group bool) (found []*pair) {
	for _, p := range l.pairs {
		if p.tester.isGroup() == group && p.convinces() {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, func(a, b *pair) int {
		return cmp.Or(rank(b, a), cmp.Compare(a.tester.firstAsk, b.tester.firstAsk),
			cmp.Compare(a.replies[0].request.seq, b.replies[0].request.seq),
			cmp.Compare(a.unit.id, b.unit.id))
	})
	return found
}

// rank compares two explanations of the same traffic.
func rank(a, b *pair) int {
	return cmp.Or(cmp.Compare(a.relation, b.relation), cmp.Compare(a.final, b.final))
}

// best chooses among pairs, the better ones first, so that a tester's and a
// unit's endpoint are in one pair each.
func best(sorted []*pair) (chosen []*pair) {
	used := map[*stream]bool{}
	for len(sorted) > 0 {
		n := 1
		for n < len(sorted) && rank(sorted[0], sorted[n]) == 0 {
			n++
		}
		equal := slices.DeleteFunc(slices.Clone(sorted[:n]), func(p *pair) bool { return used[p.tester] || used[p.unit] })
		for _, p := range equal {
			used[p.tester], used[p.unit] = true, true
		}
		chosen = append(chosen, certain(equal)...)
		sorted = sorted[n:]
	}
	return chosen
}

// certain chooses among pairs of which none is better than another: the pair
// of a tester that has no other, unless another such tester wants the same
// unit; and again among what is left. Where two remain equally good neither is
// taken.
func certain(equal []*pair) (chosen []*pair) {
	for {
		i := slices.IndexFunc(equal, func(p *pair) bool {
			return only(p, equal) && !slices.ContainsFunc(equal, func(o *pair) bool {
				return o != p && o.unit == p.unit && only(o, equal)
			})
		})
		if i < 0 {
			return chosen
		}
		p := equal[i]
		chosen = append(chosen, p)
		equal = slices.DeleteFunc(slices.Clone(equal), func(o *pair) bool { return o.tester == p.tester || o.unit == p.unit })
	}
}

// only reports whether p is its tester's only pair.
func only(p *pair, all []*pair) bool {
	return !slices.ContainsFunc(all, func(o *pair) bool { return o != p && o.tester == p.tester })
}
