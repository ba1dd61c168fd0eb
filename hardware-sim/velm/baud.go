package velm

import (
	"context"
	"strconv"
	"time"
)

// handshake is how long a chip waits before it speaks at a new speed, and then
// for the host to agree.
const handshake = 75 * time.Millisecond

func (s *session) setBaud(baud int) {
	s.c.baud = baud
	s.conn.SetBaud(baud)
}

const (
	divided     = 4_000_000 // bit/s, of ATBRD
	leastDivide = 8         // 500 kbit/s
	waitUnit    = 5 * time.Millisecond
)

// setHandshake is ATBRT; 00 stands for the longest.
func (s *session) setHandshake(b byte) {
	n := int(b)
	if n == 0 {
		n = 256
	}
	s.c.window = time.Duration(n) * waitUnit
}

// divideBaud is ATBRD.
func (s *session) divideBaud(ctx context.Context, arg string) error {
	n, err := strconv.ParseUint(arg, 16, 8)
	if err != nil || len(arg) != 2 || n < leastDivide || s.model.bridge {
		return s.answer(ctx, unknown)
	}
	return s.changeBaud(ctx, divided/int(n), s.model.id)
}

// changeBaud offers another speed and goes back unless the host agrees:
//
//	OK at the old speed ── 75 ms ── name at the new one ── CR from the host ── OK, prompt
//	                                        └── anything else, or nothing: the old speed, prompt
func (s *session) changeBaud(ctx context.Context, baud int, name string) error {
	old := s.c.baud
	if err := s.say(ctx, okay); err != nil {
		return err
	}
	s.setBaud(baud)
	if err := s.drained(ctx); err != nil {
		return err
	}
	s.ready() // what comes now is no command before a prompt
	if err := pause(ctx, handshake); err != nil {
		return err
	}
	if err := s.say(ctx, s.fault.legible(name)); err != nil {
		return err
	}
	agreed, err := s.agreed(ctx)
	if err != nil {
		return err
	}
	if agreed {
		return s.answer(ctx, okay)
	}
	s.setBaud(old)
	return s.prompt(ctx)
}

// drained waits until the UART is empty.
func (s *session) drained(ctx context.Context) error {
	for s.queued() > 0 {
		if err := pause(ctx, time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// agreed waits for the host's carriage return. Whatever came before the name
// was out is noise of the change.
func (s *session) agreed(ctx context.Context) (bool, error) {
	s.forgetInput()
	if err := s.drained(ctx); err != nil {
		return false, err
	}
	b, came, err := s.next(ctx, s.c.window)
	return came && b == '\r', err
}

// next is the next byte of the host, if one comes in time.
func (s *session) next(ctx context.Context, limit time.Duration) (b byte, came bool, err error) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for len(s.rest) == 0 {
		select {
		case a, ok := <-s.in:
			if err := s.arrived(a, ok); err != nil {
				return 0, false, err
			}
		case <-timer.C:
			return 0, false, nil
		case <-ctx.Done():
			return 0, false, ctx.Err()
		}
	}
	b, s.rest, s.early = s.rest[0], s.rest[1:], false
	return b, true, nil
}

func (s *session) forgetInput() {
	s.rest, s.early = nil, false
	for {
		select {
		case _, ok := <-s.in:
			if !ok {
				return
			}
		default:
			return
		}
	}
}
