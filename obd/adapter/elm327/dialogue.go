package elm327

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// How long a chip may take.
const (
	quietLimit  = time.Second             // to say something, where the caller has no idea
	totalLimit  = 30 * time.Second        // to come to an end at all
	searchLimit = 12 * time.Second        // between two signs of life while it searches or wakes a K-line
	nudgeLimit  = 200 * time.Millisecond  // to show that it was busy
	stopLimit   = 500 * time.Millisecond  // to end what it was told to end
	settle      = 50 * time.Millisecond   // after which nothing late is expected any more
	soonest     = 250 * time.Microsecond  // from a command to its answer: no chip and no USB is as quick
	wakeLimit   = 1500 * time.Millisecond // from the character that wakes it to its prompt: a second, and its banner
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

// write sends a line, after which the chip is busy.
func (c *chip) write(ctx context.Context, command string) error {
	c.in.begin(command)
	c.synced, c.last = false, command
	if err := c.port.Write(ctx, append([]byte(command), '\r')); err != nil {
		return fmt.Errorf("elm327: %s: %w", command, err)
	}
	return nil
}

// late says what a reply that does not come means.
func (c *chip) late(command string, err error, after time.Duration) error {
	if errors.Is(err, errQuiet) || errors.Is(err, errOver) {
		return &LateError{Command: command, After: after}
	}
	return err
}

// stop ends a command that goes on by itself and drops what is left of it.
func (c *chip) stop(ctx context.Context, command string) error {
	if err := c.port.Write(ctx, []byte(nudge)); err != nil {
		return fmt.Errorf("elm327: %s: %w", command, err)
	}
	t := newTurn(time.Now(), 0, wait{quiet: stopLimit, total: 2 * stopLimit})
	stopped := false
	for {
		l, err := c.next(ctx, t)
		if err != nil {
			return c.late(command, err, stopLimit)
		}
		if l.kind == kindPrompt {
			break
		}
		t.note(l)
		stopped = stopped || l.word == wordStopped
	}
	if !stopped { // it has ended by itself, and may yet be stopped in saying so
		if err := c.hush(ctx, t); err != nil {
			return c.late(command, err, stopLimit)
		}
	}
	c.synced = true
	return c.judge(command, t)
}
