package passive

import "time"

// pair is a tester's and a unit's endpoint that may belong together, and the
// evidence for it.
type pair struct {
	tester, unit *stream
	relation     relation
	replies      []*reply // in the order of the requests

	final    int             // answers but 78
	seen     map[prefix]bool // beginnings of answers that requests foretold
	foretold int             // their bytes
	last     prefix          // of the last final answer
	turns    int             // how often it changed with the request
	flowed   bool            // flow control came from the other side
}

// prefix is the foretold beginning of an answer.
type prefix [4]byte

// reply is what a unit gave to one request.
type reply struct {
	request *request
	answer  *message // nil: none that was final
	pending int
	since   time.Time // the last 78
}

// replyTo is the reply to a request that is the tester's last.
func (p *pair) replyTo(r *request) *reply {
	if n := len(p.replies); n > 0 && p.replies[n-1].request == r {
		return p.replies[n-1]
	}
	return nil
}

// awaits reports whether an answer at this time can still be one to r.
func (p *pair) awaits(r *request, at time.Time) bool {
	since := r.last
	if rep := p.replyTo(r); rep != nil {
		if rep.answer != nil {
			return false
		}
		since = rep.since
	}
	return at.Sub(since) <= answerWithin
}

// take notes an answer, of which the request foretold n bytes.
func (p *pair) take(r *request, m *message, n int) {
	var begin prefix
	copy(begin[:], m.data[:n])
	if !p.seen[begin] {
		p.seen[begin] = true
		p.foretold += n
	}
	rep := p.replyTo(r)
	if rep == nil {
		rep = &reply{request: r}
		p.replies = append(p.replies, rep)
	}
	if isPending(m.data) {
		rep.pending++
		rep.since = m.last
		return
	}
	rep.answer = m
	r.settled = true
	if p.final > 0 && p.last != begin {
		p.turns++
	}
	p.final++
	p.last = begin
}

func (p *pair) lastAnswer() *message { return p.replies[len(p.replies)-1].answer }

// flow notes flow control for the message m of the other side, if that is the
// open one and flow control comes when it must: right behind the first frame.
func (p *pair) flow(open, m *message, at time.Time) {
	if open != nil && open == m && m.next == 1 && at.Sub(m.last) <= flowWithin {
		p.flowed = true
	}
}

// convinces weighs the evidence; see the package's comment.
func (p *pair) convinces() bool {
	if p.final == 0 || !p.tester.pure() || !p.unit.pure() || !p.answeredEnough() {
		return false
	}
	evidence, events := p.foretold+p.turns, p.final
	if p.flowed {
		evidence, events = evidence+2, events+1
	}
	switch p.relation {
	case reserved:
		return evidence >= 2
	case usual:
		return evidence >= 3
	}
	return evidence >= 4 && (events >= 3 || p.flowed) || evidence >= 6 && events >= 2
}

// answeredEnough looks at the requests from the first answered to the last:
// before it the unit may have slept, behind it the ignition been off. Members
// of a group need not answer.
func (p *pair) answeredEnough() bool {
	if p.tester.isGroup() {
		return true
	}
	first, last := p.replies[0].request.seq, p.replies[len(p.replies)-1].request.seq
	wanted := 0
	for _, r := range p.tester.asked {
		if r.seq >= first && r.seq <= last && !isQuiet(r.data) {
			wanted++
		}
	}
	return 2*p.final >= wanted
}
