package passive

import "time"

const (
	maxMute  = 64 // requests kept of an endpoint that nobody has answered
	maxEarly = 8  // answers to nothing whose place is kept
)

// stream is what one endpoint sends. It begins with the first message that is
// a request or an answer by its form.
type stream struct {
	endpoint
	open *message // more of it is to come

	tail bool // consecutive frames of a message whose beginning is missing
	next byte

	explained, junk int // messages

	asked    []*request
	firstAsk uint64
	early    []uint64 // places of final answers to nothing
	unasked  unasked

	answeredBy []*pair // as a tester
	answers    []*pair // as a unit
}

func (s *stream) begin(m *message) {
	s.tail = false
	s.open = nil
	if !m.complete() {
		s.open = m
	}
}

// consecutive adds a frame to the open message and gives the bytes added. A
// gap, or too long a pause, ends it torn.
func (s *stream) consecutive(p pdu, at time.Time) int {
	m := s.open
	if m == nil || p.number != m.next || at.Sub(m.last) > frameWithin {
		s.orphanFrame(p.number)
		return 0
	}
	before := len(m.data)
	m.append(p, at)
	if m.complete() {
		s.open = nil
		s.unasked.completed(m)
	}
	return len(m.data) - before
}

// orphanFrame counts the frames of a message without beginning as one, and
// those behind a gap as belonging to the torn message.
func (s *stream) orphanFrame(number byte) {
	torn := s.open != nil
	if !torn && (!s.tail || number != s.next) {
		s.junk++
	}
	s.open, s.tail, s.next = nil, true, (number+1)&0xF
}

// onlyAsker is the tester that a unit answers besides groups, if it is one.
func (s *stream) onlyAsker() (only *stream) {
	for _, p := range s.answers {
		switch {
		case p.tester.isGroup():
		case only != nil:
			return nil
		default:
			only = p.tester
		}
	}
	return only
}

// abandon ends m torn, if it is the open message.
func (s *stream) abandon(m *message) {
	if m != nil && s.open == m {
		s.open = nil
	}
}

// flow takes a flow control frame of this endpoint as a sign that it is the
// other side of a long message that has just begun.
func (s *stream) flow(now time.Time) {
	for _, p := range s.answeredBy {
		p.flow(p.unit.open, p.lastAnswer(), now)
	}
	for _, p := range s.answers {
		p.flow(p.tester.open, p.tester.current().message, now)
	}
}

func (s *stream) unexplained() {
	s.junk++
	s.open, s.tail = nil, false
}

// pure reports whether nearly everything that the endpoint sends is explained.
func (s *stream) pure() bool { return s.junk <= 1+s.explained/3 }

// current is the request that a unit may be answering.
func (s *stream) current() *request { return s.asked[len(s.asked)-1] }

// ask adds a request and gives how much more, or less, is kept. Who asks anew
// waits for nothing more of the last answer.
func (s *stream) ask(m *message) (cost int) {
	if s.firstAsk == 0 {
		s.firstAsk = m.seq
	}
	s.explained++
	for _, p := range s.answeredBy {
		if p.unit.onlyAsker() == s {
			p.unit.abandon(p.lastAnswer())
		}
	}
	if len(s.answeredBy) == 0 && len(s.asked) >= maxMute {
		cost -= s.asked[0].cost()
		s.asked = append(s.asked[:0], s.asked[1:]...)
	}
	s.asked = append(s.asked, &request{message: m})
	return cost + m.cost()
}

// answerToNothing gives how much more is kept.
func (s *stream) answerToNothing(m *message) (cost int) {
	s.junk++
	if !isPending(m.data) && len(s.early) < maxEarly {
		s.early = append(s.early, m.seq)
	}
	if s.responds() == stranger {
		return 0
	}
	return s.unasked.take(m)
}

// earlier counts the answers to nothing that came before a place.
func (s *stream) earlier(seq uint64) (n int) {
	for _, e := range s.early {
		if e < seq {
			n++
		}
	}
	return n
}
