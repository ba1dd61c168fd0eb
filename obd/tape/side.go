package tape

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/untether-obd/untether/obd/transport"
)

// Answer is what came upon a request, in the order in which it was complete.
// No events are silence: the request was made and nobody said anything.
type Answer struct {
	Events []Event
}

// Event is a message, or, with Err, one that did not come through: a
// *transport.TimeoutError or *transport.ProtocolError as a link gives it.
// First and Last are the times of its first and last frame, or of its failure,
// since the end of the request; First is negative where the request came in
// between.
type Event struct {
	From        transport.Address // physical
	Data        []byte
	First, Last time.Duration
	Err         error
}

// Side is the conversation with one address.
type Side struct {
	tape      *Tape
	address   transport.Address
	exchanges []*exchange // by place
	by        map[string][]*exchange
	sessions  []uint64          // places of session changes
	passed    uint64            // place of the session change made last
	given     map[string]uint64 // place of the answer given last
	ignored   uint64            // frames of its units that broke ISO 15765-2
}

// exchange is a request with what came of it.
type exchange struct {
	request []byte
	place   uint64 // of the frame that completed the request
	sent    time.Time
	effect  effect
	events  []Event
}

func newSide(t *Tape, a transport.Address) *Side {
	return &Side{tape: t, address: a, by: map[string][]*exchange{}, given: map[string]uint64{}}
}

// add begins an exchange.
func (s *Side) add(x *exchange) {
	x.effect = effectOf(x.request)
	s.exchanges = append(s.exchanges, x)
	s.by[string(x.request)] = append(s.by[string(x.request)], x)
	if x.effect == changesSession {
		s.sessions = append(s.sessions, x.place)
	}
}

// Ask gives the recorded answer to a request. Asked again, it gives what was
// answered the next time, and stays at the last.
//
// Requests that change something divide the recording: a session change for
// its unit, a write for all. They are found in recorded order only; what was
// answered behind one that was not made yet is not given, and what was not
// asked since the one made last is answered as before it. A request that is
// not found gives a *NeverAskedError.
func (s *Side) Ask(req []byte) (Answer, error) {
	s.tape.mu.Lock()
	defer s.tape.mu.Unlock()
	var x *exchange
	switch effectOf(req) {
	case changesCar:
		x = s.change(req, &s.tape.passed, s.tape.nextWrite(), after(s.sessions, s.passed))
	case changesSession:
		x = s.change(req, &s.passed, after(s.sessions, s.passed), s.tape.nextWrite())
	case changesNothing:
		x = s.read(req)
	}
	if x == nil {
		return Answer{}, &NeverAskedError{Address: s.address, Request: bytes.Clone(req)}
	}
	return Answer{Events: x.events}, nil
}

// change makes the change at the place next, unless another must be made
// before, or repeats the one made last.
func (s *Side) change(req []byte, passed *uint64, next, limit uint64) *exchange {
	if x := s.at(next); x != nil && next < limit && bytes.Equal(x.request, req) {
		*passed = next
		return x
	}
	if x := s.at(*passed); x != nil && bytes.Equal(x.request, req) {
		return x
	}
	return nil
}

// read finds an answer since the last change, else the latest before it.
func (s *Side) read(req []byte) *exchange {
	floor := max(s.tape.passed, s.passed)
	limit := min(s.tape.nextWrite(), after(s.sessions, s.passed))
	var found *exchange
	for _, x := range s.by[string(req)] {
		if x.place >= limit {
			break
		}
		found = x
		if x.place > max(floor, s.given[string(req)]) {
			break
		}
	}
	if found != nil {
		s.given[string(req)] = found.place
	}
	return found
}

// at gives the exchange at a place.
func (s *Side) at(place uint64) *exchange {
	i, ok := slices.BinarySearchFunc(s.exchanges, place, func(x *exchange, place uint64) int {
		return cmp.Compare(x.place, place)
	})
	if !ok {
		return nil
	}
	return s.exchanges[i]
}

// after gives the first place behind another; if there is none, one behind all.
func after(places []uint64, place uint64) uint64 {
	if i, _ := slices.BinarySearch(places, place+1); i < len(places) {
		return places[i]
	}
	return math.MaxUint64
}
