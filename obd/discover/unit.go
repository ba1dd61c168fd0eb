package discover

import (
	"bytes"
	"context"
	"time"

	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
)

// found is a unit and who it was before.
type found struct {
	Unit
	candidate *candidate
}

// accept makes a unit of a candidate, or adds it to the unit that answered the
// same probe elsewhere.
func (s *scan) accept(ctx context.Context, c *candidate, p *probe, took time.Duration) error {
	a := c.address(p)
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
