package velm

import (
	"context"
	"errors"
)

// monitorAll is ATMA: it prints what passes the filters until a character
// comes.
func (s *session) monitorAll(ctx context.Context, arg string) error {
	return s.monitor(ctx, arg, false)
}

func (s *session) monitor(ctx context.Context, arg string, all bool) error {
	if arg != "" {
		return s.answer(ctx, unknown)
	}
	p, known := s.c.spec()
	if !known {
		found, _, err := s.search(ctx, nil)
		if err != nil {
			return s.conclude(ctx, err)
		}
		p = found
	}
	if p.family != onCAN {
		return s.conclude(ctx, s.listenUntilStopped(ctx))
	}
	err := s.exchange(ctx, p, ask{hears: true, all: all})
	s.overtaken = !errors.Is(err, errStopped)
	s.leave() // the next request joins anew, and acknowledges
	return s.conclude(ctx, err)
}

// listenUntilStopped monitors a bus on which nothing happens by itself.
func (s *session) listenUntilStopped(ctx context.Context) error {
	for {
		_, came, err := s.next(ctx, incomplete)
		if err != nil {
			return err
		}
		if came {
			s.note(func(l *Ledger) { l.Stops++ })
			return errStopped
		}
	}
}
