package discover

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
)

// found is a unit and who it was before.
type found struct {
	Unit
	candidate *candidate
}

// confirmAll asks whoever seemed to answer again, alone. More may turn up
// while it does, and who speaks unasked is none after all.
func (s *scan) confirmAll(ctx context.Context) error {
	var err error
	for i := 0; err == nil; i++ {
		c := s.candidate(i)
		if c == nil {
			break
		}
		err = s.confirm(ctx, c)
	}
	s.units = slices.DeleteFunc(s.units, func(u *found) bool {
		traffic := s.isTraffic(u.candidate)
		if traffic {
			s.reject(u.candidate)
		}
		return traffic
	})
	return err
}

func (s *scan) candidate(i int) *candidate {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i >= len(s.order) {
		return nil
	}
	return s.order[i]
}

// tries is how often each probe is repeated before a candidate is given up: a
// frame may be lost.
const tries = 2

func (s *scan) confirm(ctx context.Context, c *candidate) error {
	s.hit()
	if err := s.settle(ctx, c); err != nil {
		return err
	}
	for range tries {
		for _, p := range c.likely() {
			if s.isTraffic(c) {
				break
			}
			took, err := s.twice(ctx, c, p)
			if err != nil {
				return err
			}
			if took > 0 {
				return s.accept(ctx, c, p, took)
			}
		}
	}
	s.reject(c)
	return nil
}

func (s *scan) hit() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Hits++
}

// twice asks alone; and once more, after a rest, if the answer took another
// time than the first: what comes in a rhythm of its own is no answer.
func (s *scan) twice(ctx context.Context, c *candidate, p *probe) (time.Duration, error) {
	took, err := s.alone(ctx, c, p.again(p.Pad))
	if err != nil || took == 0 || alike(took, c.at.Sub(p.echoed), 10*time.Millisecond, 4) {
		return took, err
	}
	pause := max(took/2, leastPause)
	if err := s.wait(ctx, time.Now().Add(pause), never); err != nil || s.isTraffic(c) {
		return 0, err
	}
	again, err := s.alone(ctx, c, p.again(p.Pad))
	if alike(pause+again, took, 2*time.Millisecond, 20) {
		return 0, err
	}
	return again, err
}

const leastPause = 20 * time.Millisecond

// alike reports whether two times differ by no more than d and a part of the
// longer one.
func alike(a, b, d time.Duration, part time.Duration) bool {
	return (a - b).Abs() <= d+max(a, b)/part
}

// isTraffic reports whether a candidate speaks without being asked.
func (s *scan) isTraffic(c *candidate) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return c.excess > 0
}

func (s *scan) reject(c *candidate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Rejected++
	c.clock = clock{}
}

// alone asks one unit while nobody else is asked, and gives how long its
// answer took; 0: there was none, or others send there by now.
func (s *scan) alone(ctx context.Context, c *candidate, p *probe) (time.Duration, error) {
	p.Address.RX, p.Address.RXLast, p.Address.RXAE = c.from.id, c.from.id, c.from.ae
	before := s.prepare(c, p)
	if sent, err := s.send(ctx, p); err != nil || !sent {
		return 0, err
	}
	if err := s.untilQuiet(ctx); err != nil {
		return 0, err
	}
	answered := func() bool { return s.answersOf(c) > before }
	if err := s.wait(ctx, time.Now().Add(p2), answered); err != nil {
		return 0, err
	}
	if !answered() {
		return 0, nil
	}
	return s.lastLatency(c), s.settle(ctx, c)
}

// prepare starts the clock and gives how many answers there were before.
func (s *scan) prepare(c *candidate, p *probe) (answers int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.clock.address != p.Address {
		c.clock = clock{address: p.Address}
	}
	return c.answers
}

func (s *scan) answersOf(c *candidate) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return c.answers
}

func (s *scan) lastLatency(c *candidate) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(c.clock.p2)
	if n == 0 {
		return 0
	}
	return max(c.clock.p2[n-1], 1)
}

// settle waits for what a 78 has announced, as long as for a read. Who then
// still says 78 is no unit; who says nothing may be asked again.
func (s *scan) settle(ctx context.Context, c *candidate) error {
	began := time.Now()
	for range exchange.DefaultPending {
		since := s.pendingSince(c)
		if since.IsZero() || time.Since(began) > exchange.DefaultTotal {
			break
		}
		changed := func() bool { return s.pendingSince(c) != since }
		if err := s.wait(ctx, time.Now().Add(p2Star), changed); err != nil {
			return err
		}
		if !changed() {
			s.giveUp(c, 0)
			return nil
		}
	}
	s.giveUp(c, 1)
	return nil
}

// giveUp ends the wait after a 78, if there still is one.
func (s *scan) giveUp(c *candidate, excess int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !c.pending.IsZero() {
		c.pending = time.Time{}
		c.excess += excess
	}
}

func (s *scan) pendingSince(c *candidate) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return c.pending
}

// accept makes a unit of a candidate, or adds it to the unit that answered the
// same probe elsewhere.
func (s *scan) accept(ctx context.Context, c *candidate, p *probe, took time.Duration) error {
	a := p.Address
	a.RX, a.RXLast, a.RXAE = c.from.id, c.from.id, c.from.ae
	for _, u := range s.units {
		if requestSide(u.Address) == requestSide(a) {
			u.Also = append(u.Also, a)
			return nil
		}
	}
	u := &found{Unit: Unit{Address: a, Form: formOf(a), Known: p.known && p.Address == a, Latency: took, Padded: Answered}, candidate: c}
	s.units = append(s.units, u)
	if p.known {
		if err := s.paddings(ctx, u, p); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u.Answer = bytes.Clone(c.answer)
	u.Dialect = shown(p, u.Answer)
	return nil
}

// paddings says which probes a known unit takes; one that was not answered
// before is tried alone once more.
func (s *scan) paddings(ctx context.Context, u *found, p *probe) error {
	c := u.candidate
	for _, pad := range []transport.Padding{0, transport.PadNone} {
		if s.took(c, pad) {
			continue
		}
		if _, err := s.alone(ctx, c, p.again(pad)); err != nil {
			return err
		}
	}
	u.Padded, u.Short = tried(s.took(c, 0)), tried(s.took(c, transport.PadNone))
	return nil
}

func (s *scan) took(c *candidate, pad transport.Padding) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if pad == transport.PadNone {
		return c.short
	}
	return c.padded
}

func tried(answered bool) Tried {
	if answered {
		return Answered
	}
	return Silent
}

func formOf(a transport.Address) Form {
	switch {
	case a.HasAE:
		return WithAddress
	case a.Extended:
		return NormalFixed
	}
	return Normal
}

// shown is the dialect that an answer proves: a positive one in the form of
// the probe's.
func shown(p *probe, answer []byte) guard.Dialect {
	echo := p.Message[1:]
	if p.dialect == guard.KWP {
		echo = nil // a positive answer repeats nothing
	}
	if len(answer) > 0 && answer[0] == positive && bytes.Equal(answer[1:], echo) {
		return p.dialect
	}
	return 0
}
