package passive

import "slices"

// sweepEvery keeps a listener crowded with endpoints from sweeping at every
// frame.
const sweepEvery = 4096

// sweep forgets the endpoints that are noise by now, and counts afresh what is
// kept.
func (l *Listener) sweep() {
	l.swept = l.seq
	gone := func(s *stream) bool { return !s.pure() && !s.halfPure() }
	goneWith := func(p *pair) bool { return gone(p.tester) || gone(p.unit) }
	for k, p := range l.pairs {
		if goneWith(p) {
			delete(l.pairs, k)
		}
	}
	l.testers = slices.DeleteFunc(l.testers, gone)
	l.kept = 0
	for e, s := range l.streams {
		if gone(s) {
			delete(l.streams, e)
			continue
		}
		s.answeredBy = slices.DeleteFunc(s.answeredBy, goneWith)
		s.answers = slices.DeleteFunc(s.answers, goneWith)
		l.kept += s.cost()
	}
}

func (s *stream) cost() (n int) {
	for _, r := range s.asked {
		n += r.cost()
	}
	for _, m := range s.unasked.named {
		n += m.cost()
	}
	for _, p := range s.answers {
		for _, rep := range p.replies {
			if rep.answer != nil {
				n += rep.answer.cost()
			}
		}
	}
	return n
}
