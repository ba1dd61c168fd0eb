package passive

import (
	"time"

	"github.com/untether-obd/untether/obd/can"
)

const (
	// answerWithin is P2*, 5 s, and a second for the way through gateways.
	answerWithin = 6 * time.Second
	// flowWithin is N_Bs, and frameWithin N_Cr behind it.
	flowWithin  = time.Second
	frameWithin = 2 * time.Second

	maxStreams = 4096
	maxKept    = 64 << 20 // bytes, about
)

// Listener learns from frames in the order of a recording. It belongs to one
// goroutine. Its memory is bounded: see Full.
type Listener struct {
	streams map[endpoint]*stream
	testers []*stream
	pairs   map[[2]*stream]*pair

	now   time.Time
	seq   uint64
	kept  int
	full  bool // something was left out
	deaf  bool // and nothing more is taken
	swept uint64
}

// NewListener makes a Listener that has heard nothing.
func NewListener() *Listener {
	return &Listener{streams: map[endpoint]*stream{}, pairs: map[[2]*stream]*pair{}}
}

// Full reports whether something had to be left out because the traffic
// holds more conversations than a Listener keeps (about 64 MiB of them, or
// 4096 identifiers that speak ISO-TP). Units are then those of the part
// before.
func (l *Listener) Full() bool { return l.full }

// Observe takes one frame. Error and remote frames say nothing here.
func (l *Listener) Observe(rx *can.Rx) {
	f := &rx.Frame
	if f.Is(can.Error) || f.Is(can.Remote) || l.deaf {
		return
	}
	l.seq++
	l.now = rx.Time
	e := endpoint{id: f.ID, wide: f.Is(can.Extended), fd: f.Is(can.FD)}
	p := f.Payload()
	l.take(e, parsePDU(p))
	if len(p) > 1 {
		e.addressed, e.ae = true, p[0]
		l.take(e, parsePDU(p[1:]))
	}
	if l.kept > maxKept {
		l.sweep()
		l.deaf = l.kept > maxKept/4*3 // else sweeping would soon be all it does
		l.full = l.full || l.deaf
	}
}

func (l *Listener) take(e endpoint, p pdu) {
	s := l.streams[e]
	switch p.kind {
	case singleFrame, firstFrame:
		l.begin(s, e, p)
	case consecutiveFrame:
		if s != nil {
			l.kept += s.consecutive(p, l.now)
		}
	case flowControl:
		if s != nil {
			s.flow(l.now)
		}
	case noPDU:
		if s != nil {
			s.unexplained()
		}
	}
}

func (l *Listener) begin(s *stream, e endpoint, p pdu) {
	asks, answers := isRequest(p.data, p.length), isAnswer(p.data, p.length)
	if s == nil && (asks || answers) {
		s = l.newStream(e)
	}
	if s == nil {
		return
	}
	if !asks && !answers {
		s.unexplained()
		return
	}
	m := newMessage(p, l.now, l.seq)
	s.begin(m)
	if answers {
		l.answer(s, m)
		return
	}
	if s.firstAsk == 0 {
		l.testers = append(l.testers, s)
	}
	l.kept += s.ask(m)
}

func (l *Listener) newStream(e endpoint) *stream {
	if len(l.streams) >= maxStreams && l.seq-l.swept >= sweepEvery {
		l.sweep()
	}
	if len(l.streams) >= maxStreams {
		l.full = true
		return nil
	}
	s := &stream{endpoint: e}
	l.streams[e] = s
	return s
}

// answer gives a message to whoever may have asked for it.
func (l *Listener) answer(s *stream, m *message) {
	asked := narrow(l.matches(s, m))
	if len(asked) == 0 {
		l.kept += s.answerToNothing(m)
		return
	}
	s.explained++
	for _, q := range asked {
		p := l.pairOf(q.tester, s)
		p.take(q.request, m, q.foretold)
		l.kept += m.cost()
	}
}

// match is a request that a message may be the answer to.
type match struct {
	tester   *stream
	request  *request
	foretold int
}

func (l *Listener) matches(s *stream, m *message) (found []match) {
	for _, t := range l.testers {
		r := t.current()
		n := foretold(r.data, m.data)
		if n == 0 || relate(t.endpoint, s.endpoint) == unrelated {
			continue
		}
		p := l.pairs[[2]*stream{t, s}]
		if p == nil {
			p = &pair{}
		}
		if p.awaits(r, m.first) {
			found = append(found, match{tester: t, request: r, foretold: n})
		}
	}
	return found
}

// narrow prefers requests that nobody has answered yet, and among requests to
// one unit and to a group the latest: an answer is to one of them.
func narrow(found []match) []match {
	open := keep(found, func(q match) bool { return !q.request.settled || q.tester.isGroup() })
	if len(open) == 0 {
		return found
	}
	latest := open[0]
	for _, q := range open {
		if q.request.seq > latest.request.seq {
			latest = q
		}
	}
	if latest.tester.isGroup() {
		return []match{latest}
	}
	return keep(open, func(q match) bool { return !q.tester.isGroup() })
}

func keep(in []match, want func(match) bool) (out []match) {
	for _, q := range in {
		if want(q) {
			out = append(out, q)
		}
	}
	return out
}

func (l *Listener) pairOf(tester, unit *stream) *pair {
	k := [2]*stream{tester, unit}
	p := l.pairs[k]
	if p == nil {
		p = &pair{
			tester: tester, unit: unit, seen: map[prefix]bool{},
			relation: relate(tester.endpoint, unit.endpoint),
		}
		l.pairs[k] = p
		tester.answeredBy = append(tester.answeredBy, p)
		unit.answers = append(unit.answers, p)
	}
	return p
}
