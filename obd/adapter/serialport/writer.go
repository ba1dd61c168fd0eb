package serialport

import (
	"context"
	"fmt"
	"syscall"
)

// job is something for the writer. Its result is always taken or left.
type job struct {
	do   func() error
	done chan error
}

func (s *stream) Write(ctx context.Context, p []byte) error {
	p = append([]byte(nil), p...) // the writer may be at it after we left
	return s.run(ctx, func() error {
		err := s.writeAll(p)
		if err != nil && s.over(ctx) == nil {
			s.lose(err) // not what our own abort led to
		}
		return err
	})
}

func (s *stream) SetBaud(ctx context.Context, baud int) error {
	if s.baud.Load() == 0 {
		return ErrNoBaud
	}
	if baud <= 0 {
		return fmt.Errorf("serialport: %s: %d bit/s is no speed", s.name, baud)
	}
	return s.run(ctx, func() error {
		if err := s.dev.setBaud(baud); err != nil {
			return s.refused(baud, err)
		}
		s.baud.Store(int64(baud))
		return nil
	})
}

// refused tells a port that does not know a speed from one that has gone.
func (s *stream) refused(baud int, err error) error {
	if isAny(err, syscall.EIO, syscall.ENXIO, syscall.ENODEV) {
		s.lose(err)
	}
	return fmt.Errorf("serialport: %s: set %d bit/s: %w", s.name, baud, err)
}

func (s *stream) writeAll(p []byte) error {
	for len(p) > 0 {
		n, err := s.dev.Write(p)
		if err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

// run has the writer do something, and leaves it behind when ctx ends.
func (s *stream) run(ctx context.Context, do func() error) error {
	if err := s.over(ctx); err != nil {
		return err
	}
	j := job{done: make(chan error, 1), do: func() error {
		s.dev.arm()
		if err := s.over(ctx); err != nil {
			return err // whoever waited left before: his abort is spent
		}
		return do()
	}}
	select {
	case s.jobs <- j:
	case <-s.gone:
	case <-s.closed:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-j.done:
		return s.judged(err)
	case <-s.gone:
	case <-s.closed:
	case <-ctx.Done():
		s.dev.abort()
	}
	return s.judged(s.over(ctx))
}

func (s *stream) writeOn() {
	for {
		select {
		case j := <-s.jobs:
			s.busy.Store(true)
			err := j.do()
			s.busy.Store(false)
			j.done <- err
		case <-s.closed:
			return
		}
	}
}
