// Package tape makes a recording answer requests as the car in it did. It
// reads the frames as a link does, with the ISO-TP machine and the recorded
// times, so that an answer that broke off in the car breaks off here, with the
// same error.
//
//	frames ──Read──► Tape: who spoke, when, which requests were ours
//	   └────Open───► Side: the exchanges with one unit or group, in order
//	                   └──Ask(request)──► Answer: messages and errors, each
//	                                      with its time since the request
//
// A Tape reads its source once, and once more for each address that occurs in
// it; what it keeps is bounded. Tape and Side may be used by several
// goroutines.
package tape

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// Source gives the frames of a recording from the start each time it is
// called. An *adapter.RemarkError is passed over; any other error is the end.
type Source func() iter.Seq2[can.Rx, error]

// Facts are what a recording shows without being asked.
type Facts struct {
	Began  time.Time     // of the first frame
	Took   time.Duration // to the last
	Frames uint64
	Own    bool // frames of the recorder are marked as its own

	Quiet  bool // nobody was heard before the recorder spoke
	Woken  bool // its first frames were not acknowledged, later somebody was heard
	Errors int  // bus errors between the first frame heard and the first sent

	Redacted bool // nothing is left in any frame but what canlog.Redact leaves

	Remarks int                  // places without a usable frame
	First   *adapter.RemarkError // the first of them; nil: none
}

// Tape is a recording that answers.
type Tape struct {
	source Source
	facts  Facts
	others map[id]bool      // heard before the recorder spoke
	heard  map[id]bool      // all identifiers
	asked  map[start]uint64 // own frames, where they are marked: the last one's place
	vague  bool             // too many identifiers to know them all

	opening chan struct{} // one pass at a time
	mu      sync.Mutex
	sides   map[transport.Address]*Side
	writes  []uint64 // places of the requests that change the car, in order
	passed  uint64   // place of the write made last
	room    int      // bytes that may still be kept
	full    bool
	health  adapter.Health
}

type id struct {
	number   uint32
	extended bool
}

// start is how the frames of a conversation begin.
type start struct {
	id
	first byte
}

const (
	idsMax   = 1 << 16  // identifiers, and starts of frames, that are noted
	roomMax  = 64 << 20 // bytes of all exchanges
	writeMax = 1 << 16  // writes
)

// Read reads a recording once. Its error is the source's, or that of ctx.
func Read(ctx context.Context, source Source) (*Tape, error) {
	t := &Tape{
		source: source, room: roomMax,
		others: map[id]bool{}, heard: map[id]bool{}, asked: map[start]uint64{},
		opening: make(chan struct{}, 1), sides: map[transport.Address]*Side{},
	}
	s := survey{tape: t, asks: map[asker]*request{}}
	remarks, err := t.play(ctx, s.frame)
	s.end()
	t.facts.Remarks, t.facts.First = remarks.n, remarks.first
	return t, err
}

// Facts tells what the recording shows.
func (t *Tape) Facts() Facts { return t.facts }

// Heard reports whether somebody sent with this identifier before the recorder
// sent anything.
func (t *Tape) Heard(number uint32, extended bool) bool { return t.others[id{number, extended}] }

// Health tells what the bus suffered since the recorder spoke. Frames that were
// ignored are counted at the addresses that were opened.
func (t *Tape) Health() adapter.Health {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.health
}

// Full reports whether a recording held more than is kept.
func (t *Tape) Full() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.full
}

// Open gives the conversation with an address; opening it again gives the same
// one, where it stands. Its error is the source's, or that of ctx.
func (t *Tape) Open(ctx context.Context, a transport.Address) (*Side, error) {
	select {
	case t.opening <- struct{}{}:
		defer func() { <-t.opening }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if s := t.side(a); s != nil {
		return s, nil
	}
	s := newSide(t, a)
	if last, ok := t.occurs(a); ok {
		l := newListener(s, last)
		if _, err := t.play(ctx, l.frame); err != nil {
			return nil, err
		}
		l.end()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sides[a] = s
	t.health.Ignored += s.ignored
	t.learn(s)
	return s, nil
}

func (t *Tape) side(a transport.Address) *Side {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sides[a]
}

// occurs reports whether a request can have been sent to a, and the place
// behind which there is none.
func (t *Tape) occurs(a transport.Address) (last uint64, ok bool) {
	to := start{id: id{a.TX, a.Extended}}
	if a.HasAE {
		to.first = a.TXAE
	}
	switch {
	case t.vague:
		return t.facts.Frames, true
	case t.facts.Own:
		last, ok = t.asked[to]
		return last, ok
	}
	return t.facts.Frames, t.heard[to.id]
}

// learn adds writes that the survey could not know as such.
func (t *Tape) learn(s *Side) {
	for _, x := range s.exchanges {
		if i, known := slices.BinarySearch(t.writes, x.place); x.effect == changesCar && !known {
			t.writes = slices.Insert(t.writes, i, x.place)
		}
	}
}

// nextWrite is the place of the write to be made next.
func (t *Tape) nextWrite() uint64 { return after(t.writes, t.passed) }

// keep takes room for n bytes.
func (t *Tape) keep(n int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.room -= n; t.room < 0 {
		t.full = true
	}
	return !t.full
}

// heldUp is how many frames go by before ctx is looked at.
const heldUp = 1024

type remarks struct {
	n     int
	first *adapter.RemarkError
}

// play hands the frames to f with their place, counted from 1, and a time that
// never runs backwards, until f wants no more.
func (t *Tape) play(ctx context.Context, f func(place uint64, now time.Time, rx *can.Rx) bool) (r remarks, err error) {
	var c clock
	var place uint64
	for rx, err := range t.source() {
		if remark, ok := errors.AsType[*adapter.RemarkError](err); ok {
			if r.n++; r.first == nil {
				r.first = remark
			}
			continue
		}
		if err == nil && place%heldUp == 0 {
			err = ctx.Err()
		}
		if err != nil {
			return r, err
		}
		place++
		if !f(place, c.at(rx.Time), &rx) {
			break
		}
	}
	return r, nil
}

// clock makes time go on where a recording's clock was set back.
type clock struct {
	last  time.Time
	shift time.Duration
}

func (c *clock) at(t time.Time) time.Time {
	t = t.Add(c.shift)
	if t.Before(c.last) {
		c.shift += c.last.Sub(t)
		t = c.last
	}
	c.last = t
	return t
}
