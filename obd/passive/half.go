package passive

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
)

// Half a conversation is all there is where a recorder misses what its own
// side sends, or a filter let one direction through. See the package's comment
// for what convinces then.

// name is what an answer that repeats an identifier is about: its service and
// the identifier.
type name [3]byte

// nameOf gives the name of an answer whose identifier every dialect repeats.
func nameOf(answer []byte) (n name, ok bool) {
	switch service := answer[0] - positive; service {
	case 0x01, 0x02, 0x06, 0x09, 0x1A, 0x21, 0x22:
		return n, copy(n[:], answer[:min(len(answer), 1+services[service].must)]) == 1+services[service].must
	}
	return n, false
}

// Asked is the request; where it was not recorded, what the answer shows of
// it: service and identifier.
func (x Exchange) Asked() []byte {
	if x.Request != nil {
		return x.Request
	}
	n, _ := nameOf(x.Response)
	n[0] -= positive
	return n[:1+services[n[0]].must]
}

// unasked is what an endpoint said that nobody was heard to ask for.
type unasked struct {
	total  int // answers
	odd    int // of them those that are not as long as others of the name
	varied int // and the long ones that say something else than the first of the name
	named  map[name]*message
}

// take keeps the first whole answer of each name, and gives how much more is
// kept. Where the lengths differ it is the shorter: the request for the longer
// named several identifiers.
func (u *unasked) take(m *message) (cost int) {
	u.total++
	n, ok := nameOf(m.data)
	if !ok {
		return 0
	}
	old := u.named[n]
	if old == nil {
		if u.named == nil {
			u.named = map[name]*message{}
		}
		u.named[n] = m
		return m.cost()
	}
	if old.length != m.length {
		u.odd++
	}
	if m.length > old.length || m.length == old.length && old.whole() {
		return 0
	}
	u.named[n] = m
	return m.cost() - old.cost()
}

// completed notes that an answer of several frames is all there.
func (u *unasked) completed(m *message) {
	n, _ := nameOf(m.data)
	if first := u.named[n]; first != nil && first.length == m.length && !bytes.Equal(first.data, m.data) {
		u.varied++
	}
}

// halfPure is what pure is to one that is asked.
func (s *stream) halfPure() bool {
	u := &s.unasked
	return u.total > s.explained && s.junk-u.total+u.odd <= 1+u.total/3
}

// answersAlone reports whether what an endpoint says can only be answers.
// Constant and counting frames have one length, and no consecutive frames.
func (s *stream) answersAlone() bool {
	if !s.halfPure() {
		return false
	}
	long, lengths := 0, map[int]bool{}
	for _, m := range s.unasked.named {
		lengths[m.length] = true
		if m.segmented && m.whole() {
			long++
		}
	}
	names := len(s.unasked.named)
	switch s.responds() {
	case reserved:
		return long > 0 || names >= 3 && len(lengths) >= 2
	case usual:
		return long >= 2 || long == 1 && (names >= 4 || s.unasked.varied >= 2) || names >= 8 && len(lengths) >= 2
	}
	return false
}

// requestsAlone reports whether what an endpoint says can only be requests.
func (s *stream) requestsAlone() bool {
	if len(s.asked) == 0 || !s.pure() {
		return false
	}
	distinct, sids, steps := map[string]bool{}, map[byte]bool{}, map[uint64]bool{}
	var last uint64
	for i, r := range s.asked {
		distinct[string(r.data)], sids[r.data[0]] = true, true
		var b [8]byte
		copy(b[:], r.data)
		now := binary.BigEndian.Uint64(b[:])
		if i > 0 && now != last {
			steps[now-last] = true // a counter has one, or two if it overflows
		}
		last = now
	}
	switch s.asks() {
	case reserved:
		return len(distinct) >= 3 && len(sids) >= 2 || len(steps) >= 3
	case usual:
		return len(distinct) >= 8 && len(sids) >= 3
	}
	return false
}

// halves gives the units of which one side was heard. Requests count only in a
// recording without any answer: else the unit was asked and is silent.
func (l *Listener) halves(found []*finding) (units []placed) {
	known := map[*stream]bool{}
	for _, f := range found {
		known[f.unit] = true
	}
	for _, s := range l.streams {
		if !known[s] && s.answersAlone() {
			units = append(units, s.answersOnly())
		}
	}
	if len(found) > 0 || len(units) > 0 {
		return units
	}
	for _, s := range l.testers {
		if s.requestsAlone() {
			units = append(units, l.requestsOnly(s))
		}
	}
	return units
}

func (s *stream) answersOnly() placed {
	all := slices.SortedFunc(maps.Values(s.unasked.named), func(a, b *message) int { return cmp.Compare(a.seq, b.seq) })
	u := Unit{Address: address(s.other(), s.endpoint), Heard: OnlyAnswers, Orphans: s.unasked.total}
	for _, m := range all {
		x := Exchange{Response: slices.Clone(m.data), Outcome: Unasked, First: m.first, Last: m.last}
		if !m.whole() {
			x.Outcome = Torn
		}
		u.Exchanges = append(u.Exchanges, x)
	}
	u.Dialect = language(u.Exchanges, s.endpoint, u.Heard)
	return placed{u, all[0].seq}
}

func (l *Listener) requestsOnly(s *stream) placed {
	u := Unit{Address: address(s.endpoint, s.other()), Heard: OnlyRequests, Skipped: s.explained - len(s.asked)}
	for _, r := range s.asked {
		u.Exchanges = append(u.Exchanges, l.exchange(s, r, nil).Exchange)
	}
	u.Dialect = language(u.Exchanges, s.endpoint, u.Heard)
	return placed{u, s.firstAsk}
}
