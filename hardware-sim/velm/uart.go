package velm

import (
	"context"
	"strings"
	"time"
)

const prompt = ">"

// end is the end of a line.
func (c *chip) end() string {
	if c.feeds {
		return "\r\n"
	}
	return "\r"
}

func (s *session) end() string { return s.c.end() }

// write sends text to the host.
func (s *session) write(ctx context.Context, text string) error {
	return s.fault.write(ctx, s, text)
}

// put is the last step before the UART.
func (s *session) put(ctx context.Context, text string) error {
	if text == "" || s.muted {
		return nil
	}
	s.note(func(l *Ledger) { l.Sent += len(text) })
	s.sent += len(text)
	return s.conn.Write(ctx, []byte(text))
}

// say sends one line.
func (s *session) say(ctx context.Context, text string) error {
	return s.write(ctx, text+s.end())
}

// prompt ends a reply.
func (s *session) prompt(ctx context.Context) error {
	if err := s.write(ctx, s.end()); err != nil {
		return err
	}
	if err := s.fault.hesitate(ctx); err != nil {
		return err
	}
	s.ready()
	return s.fault.prompt(ctx, s)
}

// answer is a reply of some lines.
func (s *session) answer(ctx context.Context, lines ...string) error {
	for _, l := range lines {
		if err := s.say(ctx, l); err != nil {
			return err
		}
	}
	return s.prompt(ctx)
}

// work is a delay of the chip's own, in which it hears nothing.
func (s *session) work(ctx context.Context, d time.Duration) error {
	s.note(func(l *Ledger) { l.Working += d })
	return pause(ctx, d)
}

func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func isHex(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'A' && b <= 'F' || b >= 'a' && b <= 'f'
}

func isHexText(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > 'f' || !isHex(byte(r)) }) < 0
}
