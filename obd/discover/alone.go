package discover

import (
	"context"
	"time"

	"github.com/untether-obd/untether/obd/exchange"
)

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

// alone asks one unit while nobody else is asked. Without a reply there was
// none, or others send there by now.
func (s *scan) alone(ctx context.Context, c *candidate, p *probe) (reply, error) {
	p.Address = c.address(p)
	before, last := s.prepare(c, p)
	if sent, err := s.send(ctx, p); err != nil || !sent {
		return reply{}, err
	}
	if err := s.confirmed(ctx, s.quiet); err != nil {
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
