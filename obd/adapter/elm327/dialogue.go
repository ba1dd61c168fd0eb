package elm327

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// How long a chip may take.
const (
	quietLimit  = time.Second            // to say something, where the caller has no idea
	totalLimit  = 30 * time.Second       // to come to an end at all
	searchLimit = 12 * time.Second       // between two signs of life while it searches or wakes a K-line
	nudgeLimit  = 200 * time.Millisecond // to show that it was busy
	stopLimit   = 500 * time.Millisecond // to end what it was told to end
	settle      = 50 * time.Millisecond  // after which nothing late is expected any more
	soonest     = 250 * time.Microsecond // from a command to its answer: no chip and no USB is as quick
	wakeLimit   = time.Second            // from the character that wakes it to its prompt
)

// nudge ends what the chip is doing. A chip that does nothing puts it in front
// of the next command, where blanks count for nothing.
const nudge = " "

// junk is a command that no chip knows, whatever it ignores of it: never the
// bare carriage return that would repeat the last command.
const junk = "\x7F\x7FY"

// errQuiet and errOver are why a read ended without a byte.
var (
	errQuiet = errors.New("nothing more came")
	errOver  = errors.New("no end came")
)

// exchange sends a command and reads up to the prompt. Lines go to each if
// there is one, else into the reply.
func (c *chip) exchange(ctx context.Context, command string, w wait, each func(line) bool) (reply, error) {
	t, err := c.begin(ctx, command, w)
	if err != nil {
		return reply{}, err
	}
	r := reply{sent: t.sent}
	for {
		l, err := c.next(ctx, t)
		switch {
		case errors.Is(err, errOver) && each != nil:
			return r, c.stop(ctx, command)
		case err != nil:
			return r, c.late(command, err, time.Since(r.sent))
		case l.kind == kindPrompt && (t.heard || c.in.echoed || w.empty):
			r.end, c.synced = l.at, true
			return r, c.judge(command, t)
		case l.kind == kindPrompt:
			continue // of an earlier command
		}
		t.note(l)
		c.suspect(t, l)
		if t.foreign == "" && r.take(l, each) {
			return r, c.stop(ctx, command)
		}
		if command == powerDown && l.word == wordOK {
			c.asleep = true
			return r, nil
		}
	}
}

// begin sends a command.
func (c *chip) begin(ctx context.Context, command string, w wait) (*turn, error) {
	before := time.Now()
	if err := c.write(ctx, command); err != nil {
		return nil, err
	}
	t := newTurn(time.Now(), c.serial(len(command)+1), w)
	if c.regs.has(regEcho, "0") {
		t.possible = before.Add(soonest)
	}
	return t, nil
}

// powerDown is answered without a prompt.
const powerDown = "ATLP"

// take keeps a line, or passes it on to each.
func (r *reply) take(l line, each func(line) bool) (stop bool) {
	if each != nil {
		return each(l)
	}
	r.lines = append(r.lines, l)
	return false
}

// turn is one command under way.
type turn struct {
	sent    time.Time
	quiet   time.Duration
	until   time.Time // when it must have ended
	alive   time.Time // when the chip last printed something
	heard   bool      // there was a line
	trouble line      // the reset, the alert

	possible time.Time // before it nothing can be an answer
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
	case l.word == wordLVReset, l.word == wordLPAlert, l.word == wordActAlert,
		l.kind == kindBanner && t.trouble.kind == kindText:
		t.trouble = l
	}
}

// write sends a line, after which the chip is busy.
func (c *chip) write(ctx context.Context, command string) error {
	c.in.begin(command)
	c.synced, c.last = false, command
	if err := c.port.Write(ctx, append([]byte(command), '\r')); err != nil {
		return fmt.Errorf("elm327: %s: %w", command, err)
	}
	return nil
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

// late says what a reply that does not come means.
func (c *chip) late(command string, err error, after time.Duration) error {
	if errors.Is(err, errQuiet) || errors.Is(err, errOver) {
		return &LateError{Command: command, After: after}
	}
	return err
}

// judge says whether a reply that came to its end was one.
func (c *chip) judge(command string, t *turn) error {
	l := t.trouble
	switch {
	case l.word == wordLPAlert, l.word == wordActAlert:
		c.synced, c.asleep = false, true
		return &AsleepError{Command: command, Text: l.text}
	case l.word == wordLVReset:
		return c.wasReset(&LowVoltageError{Reset: ResetError{Command: command, Text: l.text}})
	case l.kind == kindBanner && !prints(command):
		return c.wasReset(&ResetError{Command: command, Text: l.text})
	case t.foreign != "":
		c.doubt()
		return &UnexpectedError{Command: command, Got: t.foreign}
	case t.changed:
		c.doubt()
	}
	return nil
}

// suspect notes what a chip that has our settings does not print: somebody else
// uses it, or an answer is that to another command.
func (c *chip) suspect(t *turn, l line) {
	if l.at.Before(t.possible) {
		t.foreign = l.text
	}
	if !c.in.car {
		return
	}
	headers := c.regs.has(regHeaders, "1")
	switch {
	case l.word == wordOK:
		t.foreign = l.text
	case headers && (l.kind == kindIndex || l.kind == kindLength),
		headers && l.kind == kindData && l.header == 0 && c.narrow():
		t.changed = true
	}
}

// narrow reports whether the protocol is known to have 11-bit ids.
func (c *chip) narrow() bool {
	return c.regs.has(regProtocol, "6") || c.regs.has(regProtocol, "8")
}

// doubt says that what is known of the chip may not be true: before the next
// command it is got in step and all settings are given to it. For whoever gets
// an answer that is not to what was asked.
func (c *chip) doubt() {
	c.synced, c.lost = false, true
	c.regs.forget()
}

// prints reports whether a command is answered by the banner.
func prints(command string) bool {
	switch command {
	case "ATZ", "ATWS", "ATI", "AT@1", "STI", "STDI", "STBR", junk:
		return true
	}
	return false
}

// wasReset marks everything that was set as lost.
func (c *chip) wasReset(err error) error {
	c.doubt()
	if c.reset != nil {
		c.reset(err)
	}
	return err
}

// stop ends a command that goes on by itself and drops what is left of it.
func (c *chip) stop(ctx context.Context, command string) error {
	if err := c.port.Write(ctx, []byte(nudge)); err != nil {
		return fmt.Errorf("elm327: %s: %w", command, err)
	}
	t := newTurn(time.Now(), 0, wait{quiet: stopLimit, total: 2 * stopLimit})
	for {
		l, err := c.next(ctx, t)
		if err != nil {
			return c.late(command, err, stopLimit)
		}
		if l.kind == kindPrompt {
			c.synced = true
			return c.judge(command, t)
		}
		t.note(l)
	}
}
