package tape

import (
	"time"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/canlog"
	"github.com/untether-obd/untether/obd/transport"
)

// survey is the first pass: it learns who speaks and where the car changes.
type survey struct {
	tape  *Tape
	asks  map[asker]*request
	began time.Time
	last  time.Time
	noAck bool // the controller reported so before anybody else was heard
	errs  int  // bus errors since somebody was heard

	blanks canlog.Blanks
}

// asker is where a request goes to, as far as its frames tell.
type asker struct {
	start
	hasAE bool
}

// askersMax bounds the requests that are put together at once.
const askersMax = 256

func (s *survey) frame(place uint64, now time.Time, rx *can.Rx) bool {
	t := s.tape
	t.facts.Frames = place
	if s.last = now; s.began.IsZero() {
		s.began = now
	}
	s.blanks.Observe(rx)
	switch {
	case rx.Frame.Is(can.Error):
		s.report(&rx.Frame)
	case rx.Own:
		t.facts.Own = true
		s.sent(place, now, &rx.Frame)
	default:
		s.received(&rx.Frame)
	}
	return true
}

func (s *survey) report(f *can.Frame) {
	switch t := s.tape; {
	case len(t.heard) == 0 && f.ID&can.ErrAck != 0:
		s.noAck = true
	case len(t.heard) > 0 && !t.facts.Own && !s.noAck:
		s.errs++
	case t.facts.Own:
		s.suffer(f)
	}
}

// Bits of an error frame's second byte, as in linux/can/error.h: the
// controller is error-passive.
const passive = 0x10 | 0x20

func (s *survey) suffer(f *can.Frame) {
	h := &s.tape.health
	switch {
	case f.ID&can.ErrAck != 0:
		h.Unheard++
	case f.ID&(can.ErrProtocol|can.ErrBusError) != 0:
		h.Errors++
	}
	if f.ID&can.ErrController != 0 && f.Data[1]&passive != 0 {
		h.Passive++
	}
}

// notice counts what others send besides answers.
func (s *survey) notice(f *can.Frame) {
	t := s.tape
	if _, asked := t.asked[start{id: id{f.ID, f.Is(can.Extended)}}]; f.Is(can.FD) && t.facts.Own {
		t.health.FD++
	} else if asked {
		t.health.Testers++
	}
}

func (s *survey) received(f *can.Frame) {
	t := s.tape
	from := id{f.ID, f.Is(can.Extended)}
	s.notice(f)
	if !t.facts.Own && !s.noAck { // else it was the recorder who woke them
		note(t, t.others, from, true)
	}
	t.facts.Woken = t.facts.Woken || s.noAck
	note(t, t.heard, from, true)
}

// sent notes a frame of the recorder's, and where it completes a write.
func (s *survey) sent(place uint64, now time.Time, f *can.Frame) {
	t := s.tape
	to := start{id: id{f.ID, f.Is(can.Extended)}}
	note(t, t.asked, to, place)
	if f.Len > 0 {
		to.first = f.Data[0]
		note(t, t.asked, to, place)
	}
	r := s.asker(f)
	if r == nil || effectOf(r.take(now, f)) != changesCar {
		return
	}
	if t.full = t.full || len(t.writes) == writeMax; !t.full {
		t.writes = append(t.writes, place)
	}
}

// asker gives what puts the request together that f is of. An identifier does
// not say whether an address byte comes first: BMW's 6F1 always has one, of
// others a frame tells that is nothing without it.
func (s *survey) asker(f *can.Frame) *request {
	if f.Is(can.Remote) || f.Len == 0 {
		return nil
	}
	number := id{f.ID, f.Is(can.Extended)}
	a := asker{start: start{id: number}}
	if number == (id{0x6F1, false}) || kindOf(f, 0) == none {
		a.hasAE, a.first = true, f.Data[0]
	}
	r := s.asks[a]
	if r == nil && len(s.asks) < askersMax {
		r = newRequest(transport.Address{TX: f.ID, Extended: number.extended, HasAE: a.hasAE, TXAE: a.first, FD: true})
		s.asks[a] = r
	}
	return r
}

func (s *survey) end() {
	f := &s.tape.facts
	f.Began, f.Took = s.began, s.last.Sub(s.began)
	f.Quiet = len(s.tape.others) == 0
	f.Errors = s.errs
	f.Redacted = s.blanks.Redacted()
}

func note[K comparable, V any](t *Tape, seen map[K]V, k K, v V) {
	if _, known := seen[k]; !known && len(seen) == idsMax {
		t.vague = true
		return
	}
	seen[k] = v
}
