package elm327

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// syncTries is how often a chip is asked to show that it lives.
const syncTries = 3

// sync gets in step: what the chip still does is ended, what it still says is
// read, and a command that none knows shows that it is listening. A chip that
// was brought to another speed may be back at its own.
func (c *chip) sync(ctx context.Context) error {
	command, here := c.last, c.port.Baud()
	for i := range syncTries {
		at := here
		if i == 1 {
			at = c.elsewhere()
		}
		if err := c.move(ctx, at); err != nil {
			return err
		}
		err := c.hark(ctx)
		if err == nil && at != here && at == c.home && !c.lost {
			_ = c.wasReset(&ResetError{Command: command, Text: "back at its own speed"})
			c.synced = true
		}
		if err == nil && i > 0 {
			err = c.prove(ctx)
		}
		if err == nil {
			return nil
		}
		if !errors.Is(err, errQuiet) && !errors.Is(err, errOver) {
			return err
		}
	}
	c.dead = &LockedUpError{Command: command}
	return c.dead
}

// proofLimit is how long a chip may be at what it was sent in vain.
const proofLimit = 2500 * time.Millisecond

// prove waits until the chip has worked off what it was sent before it
// answered: which `?` is to which command nobody can tell, but its name comes
// last. What is left of ATI, should the chip cut it, is no request.
func (c *chip) prove(ctx context.Context) error {
	if c.caps.Banner == "" {
		return nil // it has nothing of ours to lose yet
	}
	err := errQuiet
	for tries := 0; tries < syncTries && errors.Is(err, errQuiet); tries++ {
		err = c.named(ctx)
	}
	c.synced = err == nil
	return err
}

// named asks for the chip's name and waits for it, and that nothing follows.
func (c *chip) named(ctx context.Context) error {
	if err := c.write(ctx, "ATI"); err != nil {
		return err
	}
	t := newTurn(time.Now(), c.serial(len("ATI\r")), wait{quiet: proofLimit})
	for said := false; ; {
		l, err := c.next(ctx, t)
		switch {
		case err != nil:
			return err
		case l.kind == kindPrompt && said:
			err := c.hush(ctx, t)
			c.noteReset(t)
			return err
		case l.text == c.caps.Banner && !said:
			said = true
		default:
			t.note(l)
		}
	}
}

// elsewhere is the other speed at which the chip may be.
func (c *chip) elsewhere() int {
	here := c.port.Baud()
	switch {
	case c.home != 0 && c.home != here:
		return c.home
	case c.fast != 0:
		return c.fast
	}
	return here
}

// move goes to a speed.
func (c *chip) move(ctx context.Context, baud int) error {
	if c.port.Baud() == baud {
		return nil
	}
	return c.port.SetBaud(ctx, baud)
}

// hark is one try to get in step.
func (c *chip) hark(ctx context.Context) error {
	busy, quiet := nudgeLimit, stopLimit
	if c.asleep {
		busy, quiet = wakeLimit, wakeLimit
	}
	if err := c.port.Write(ctx, []byte(nudge)); err != nil {
		return fmt.Errorf("elm327: %w", err)
	}
	if _, err := c.drain(ctx, busy, wordNone); err != nil && !errors.Is(err, errQuiet) {
		return err
	}
	c.in = lines{}
	if err := c.write(ctx, junk); err != nil {
		return err
	}
	alive, err := c.drain(ctx, quiet, wordUnknown)
	if err != nil && (!alive || !errors.Is(err, errQuiet)) {
		return err
	}
	t := newTurn(time.Now(), 0, wait{})
	if err := c.hush(ctx, t); err != nil {
		return err
	}
	c.noteReset(t)
	c.synced, c.asleep = true, false
	return nil
}

// drain reads up to the prompt of a reply that says w (wordNone: of any), and
// reports whether there was a prompt or the word.
func (c *chip) drain(ctx context.Context, quiet time.Duration, w word) (alive bool, err error) {
	t := newTurn(time.Now(), 0, wait{quiet: quiet, total: 4 * quiet})
	said := w == wordNone
	for {
		l, err := c.next(ctx, t)
		if err != nil {
			return alive, err
		}
		t.note(l)
		said = said || l.word == w
		alive = alive || l.kind == kindPrompt || w != wordNone && l.word == w
		if l.kind != kindPrompt {
			continue
		}
		c.noteReset(t)
		if said {
			return true, nil
		}
	}
}

// noteReset marks the settings as lost if what was drained tells so.
func (c *chip) noteReset(t *turn) {
	l := t.trouble
	t.trouble = line{}
	switch {
	case c.lost:
	case c.asleep && l.kind == kindBanner: // woken, not reset
		c.doubt()
	case l.word == wordLVReset:
		_ = c.wasReset(&LowVoltageError{Reset: ResetError{Command: c.last, Text: l.text}})
	case l.word == wordFatal:
		c.broke(c.last, l)
	case l.kind == kindBanner:
		_ = c.wasReset(&ResetError{Command: c.last, Text: l.text})
	}
}

// hush reads until nothing more comes, and has for t what that tells.
func (c *chip) hush(ctx context.Context, of *turn) error {
	t := newTurn(time.Now(), 0, wait{quiet: settle, total: 20 * settle})
	for {
		l, err := c.next(ctx, t)
		switch {
		case errors.Is(err, errQuiet):
			return nil
		case err != nil:
			return err
		}
		of.note(l)
	}
}
