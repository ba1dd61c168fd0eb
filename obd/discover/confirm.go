package discover

import (
	"context"
	"slices"
)

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
