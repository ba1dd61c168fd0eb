package elm327

import (
	"context"
	"fmt"
	"time"
)

// turn is one command under way.
type turn struct {
	sent    time.Time
	quiet   time.Duration
	until   time.Time // when it must have ended
	alive   time.Time // when the chip last printed something
	heard   bool      // there was a line
	trouble line      // the reset, the alert

	possible time.Time // before it nothing can be an answer
	early    bool      // something came before it
	foreign  string    // what cannot be an answer
	changed  bool      // somebody else has changed settings
}

func newTurn(sent time.Time, serial time.Duration, w wait) *turn {
	quiet, total := w.quiet, w.total
	if quiet == 0 {
		quiet = quietLimit
		if total != 0 {
			quiet = total
		}
	}
	if total == 0 {
		total = max(totalLimit, quiet)
	}
	return &turn{sent: sent, quiet: quiet, until: sent.Add(serial + total), alive: sent.Add(serial)}
}

// note keeps what a line tells of the chip's health.
func (t *turn) note(l line) {
	t.heard = true
	switch {
	case l.word == wordLVReset, l.word == wordLPAlert, l.word == wordActAlert, l.word == wordFatal,
		l.kind == kindBanner && t.trouble.kind == kindText:
		t.trouble = l
	}
}

// next gives the next line or prompt. It says errQuiet or errOver when that
// does not come in time.
func (c *chip) next(ctx context.Context, t *turn) (line, error) {
	for {
		if l, ok := c.in.next(); ok {
			return l, nil
		}
		quiet := t.quiet
		if c.in.searching() {
			quiet = max(quiet, searchLimit)
			t.until = later(t.until, t.alive.Add(searchLimit))
		}
		limit, why := t.alive.Add(quiet), errQuiet
		if !t.until.After(limit) {
			limit, why = t.until, errOver
		}
		if err := c.read(ctx, limit, why); err != nil {
			return line{}, err
		}
		t.alive = time.Now()
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// read waits for bytes until limit and hands them to the line machine.
func (c *chip) read(ctx context.Context, limit time.Time, why error) error {
	if !time.Now().Before(limit) {
		return why
	}
	within, cancel := context.WithDeadlineCause(ctx, limit, why)
	defer cancel()
	n, err := c.port.Read(within, c.buf)
	switch {
	case n > 0:
		c.in.feed(time.Now(), c.buf[:n])
		return nil
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case within.Err() != nil:
		return why
	}
	return fmt.Errorf("elm327: %s: %w", c.last, err)
}
