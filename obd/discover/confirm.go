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

// twice asks alone; and once more, after a pause, where the answer may have
// come in a rhythm of its own.
func (s *scan) twice(ctx context.Context, c *candidate, p *probe) (time.Duration, error) {
	one, err := s.alone(ctx, c, p.again(p.Pad))
	if err != nil || one.took == 0 || !one.doubtful(c.at.Sub(p.echoed)) {
		return one.took, err
	}
	if err := s.wait(ctx, time.Now().Add(max(one.took/2, leastPause)), never); err != nil || s.isTraffic(c) {
		return 0, err
	}
	two, err := s.alone(ctx, c, p.again(p.Pad))
	if alike(one.since, two.since, 2*time.Millisecond, 20) {
		return 0, err
	}
	return two.took, err
}

const leastPause = 20 * time.Millisecond

// reply is the answer to a probe that was sent alone. The zero value is none.
type reply struct {
	took  time.Duration
	since time.Duration // from what the candidate had sent before
}

// doubtful reports whether the reply took another time than the first answer
// did, or came so soon after it as traffic that only began then.
func (r reply) doubtful(first time.Duration) bool {
	return !alike(r.took, first, 10*time.Millisecond, 8) || r.since < p2+2*leastPause
}

// alike reports whether two times differ by no more than d and a part of the
// longer one.
func alike(a, b, d, part time.Duration) bool {
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

// alone asks one unit while nobody else is asked. Without a reply there was
// none, or others send there by now.
func (s *scan) alone(ctx context.Context, c *candidate, p *probe) (reply, error) {
	p.Address.RX, p.Address.RXLast, p.Address.RXAE = c.from.id, c.from.id, c.from.ae
	before, last := s.prepare(c, p)
	if sent, err := s.send(ctx, p); err != nil || !sent {
		return reply{}, err
	}
	if err := s.untilQuiet(ctx); err != nil {
		return reply{}, err
	}
	answered := func() bool { return s.answersOf(c) > before }
	if err := s.wait(ctx, time.Now().Add(p2), answered); err != nil || !answered() {
		return reply{}, err
	}
	return s.reply(c, p, last), s.settle(ctx, c)
}

// prepare starts the clock, and gives how many answers there were before and
// when the last one came.
func (s *scan) prepare(c *candidate, p *probe) (answers int, last time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.clock.address != p.Address {
		c.clock = clock{address: p.Address}
	}
	return c.answers, c.last
}

func (s *scan) reply(c *candidate, p *probe, last time.Time) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	took := c.clock.latest()
	return reply{took: took, since: p.echoed.Add(took).Sub(last)}
}

func (s *scan) answersOf(c *candidate) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return c.answers
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
