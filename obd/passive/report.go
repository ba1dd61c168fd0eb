package passive

import (
	"bytes"
	"cmp"
	"slices"
)

// said is an exchange and its place.
type said struct {
	Exchange
	seq uint64
}

// placed is a unit and the place of its first message.
type placed struct {
	Unit
	seq uint64
}

func (l *Listener) report(found []*finding) []Unit {
	all := l.halves(found)
	for _, f := range found {
		exchanges := l.exchanges(f)
		u := placed{Unit: Unit{Address: f.address, Orphans: f.unit.earlier(f.firstAsk())}, seq: exchanges[0].seq}
		for _, x := range exchanges {
			u.Exchanges = append(u.Exchanges, x.Exchange)
		}
		u.Dialect = language(u.Exchanges, f.unit.endpoint, BothSides)
		all = append(all, u)
	}
	slices.SortFunc(all, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.seq, b.seq), cmp.Compare(a.Address.RX, b.Address.RX))
	})
	units := make([]Unit, len(all))
	for i := range all {
		units[i] = all[i].Unit
	}
	return units
}

func (f *finding) firstAsk() uint64 {
	first := ^uint64(0)
	if f.tester != nil {
		first = f.tester.firstAsk
	}
	for _, p := range f.groups {
		first = min(first, p.tester.firstAsk)
	}
	return first
}

// exchanges gives all requests to the unit alone, and those to a group that it
// answered.
func (l *Listener) exchanges(f *finding) (all []said) {
	if f.tester != nil {
		replies := l.repliesByRequest(f)
		for _, r := range f.tester.asked {
			all = append(all, l.exchange(f.tester, r, replies[r]))
		}
	}
	for _, p := range f.groups {
		for _, rep := range p.replies {
			all = append(all, l.exchange(p.tester, rep.request, rep))
		}
	}
	slices.SortFunc(all, func(a, b said) int { return cmp.Compare(a.seq, b.seq) })
	return all
}

func (l *Listener) repliesByRequest(f *finding) map[*request]*reply {
	replies := map[*request]*reply{}
	if p := l.pairs[[2]*stream{f.tester, f.unit}]; p != nil {
		for _, rep := range p.replies {
			replies[rep.request] = rep
		}
	}
	return replies
}

func (l *Listener) exchange(tester *stream, r *request, rep *reply) said {
	if rep == nil {
		rep = &reply{request: r}
	}
	x := Exchange{
		Request:    bytes.Clone(r.data),
		Functional: tester.isGroup(),
		Pending:    rep.pending,
		Sent:       r.last,
		Outcome:    l.outcome(tester, rep),
	}
	if m := rep.answer; m != nil {
		x.Response, x.First, x.Last = bytes.Clone(m.data), m.first, m.last
	}
	return said{Exchange: x, seq: r.seq}
}

func (l *Listener) outcome(tester *stream, rep *reply) Outcome {
	switch m := rep.answer; {
	case m == nil:
		return l.unanswered(tester, rep)
	case !m.whole() || !rep.request.whole():
		return Torn
	case m.data[0] == negative:
		return Refused
	}
	return Answered
}

func (l *Listener) unanswered(tester *stream, rep *reply) Outcome {
	since := rep.request.last
	if rep.pending > 0 {
		since = rep.since
	}
	switch {
	case rep.pending == 0 && isQuiet(rep.request.data):
		return Quiet
	case tester.current() == rep.request && l.now.Sub(since) <= answerWithin:
		return Cut
	}
	return Silent
}
