package elm327

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// pace is a speed to which a chip can be brought, and how it is asked.
type pace struct {
	baud    int
	command string
}

// The speeds worth a hand-shake. Both are among those at which a chip is
// looked for, should the session end without giving its own back.
var (
	paceELM = pace{baud: 115200, command: "ATBRD23"} // 4 Mbit/s by hex 23
	paceSTN = pace{baud: 500000, command: "STBR500000"}
)

// shakeLimit is how long the hand-shake may take: twice the 75 ms that a chip
// waits (ATBRT), and their way.
const shakeLimit = 300 * time.Millisecond

// hasten brings the chip to a higher speed where that is worth it and the user
// named none.
func (c *chip) hasten(ctx context.Context, o chipOptions, kept record) error {
	c.steady = kept.Steady
	if kept.Baud > 0 && c.home == kept.Fast {
		c.home = kept.Baud // an interrupted session left it fast
	}
	c.caps.Baud = c.home
	p := paceELM
	if c.caps.STN == Yes {
		p = paceSTN
	}
	at := c.port.Baud()
	if at == 0 || at >= p.baud || o.baud > 0 || c.steady || c.back() == "" {
		return nil
	}
	c.fast = p.baud
	fast, err := c.shake(ctx, p)
	c.steady = !fast
	return err
}

// slow gives the chip back the speed at which it was found.
func (c *chip) slow(ctx context.Context) error {
	if c.port.Baud() == 0 || c.port.Baud() == c.home {
		return nil
	}
	_, err := c.shake(ctx, pace{baud: c.home, command: c.back()})
	return err
}

// back is the command that brings the chip to the speed at which it was found;
// empty: there is none.
func (c *chip) back() string {
	if c.caps.STN == Yes {
		return fmt.Sprintf("STBR%d", c.home)
	}
	divisor := (4_000_000 + c.home/2) / c.home
	if divisor > 0xFF {
		return ""
	}
	return fmt.Sprintf("ATBRD%02X", divisor)
}

// shake changes the speed with the hand-shake of ATBRD and STBR:
//
//	us    ATBRD23          at the old speed
//	chip  OK               at the old speed
//	chip  ELM327 v2.2      at the new one
//	us    CR               within 75 ms
//	chip  OK >             at the new speed, which it keeps
//
// Without the CR the chip goes back by itself, and so do we.
func (c *chip) shake(ctx context.Context, p pace) (bool, error) {
	before := c.port.Baud()
	agreed, err := c.agree(ctx, p.command)
	if err != nil || !agreed {
		return false, err
	}
	if err := c.port.SetBaud(ctx, p.baud); err != nil {
		return false, err
	}
	met, err := c.meet(ctx)
	if err != nil || met {
		return met, err
	}
	c.synced = false
	if err := c.port.SetBaud(ctx, before); err != nil {
		return false, err
	}
	if err := c.hush(ctx, newTurn(time.Now(), 0, wait{})); err != nil { // of another speed
		return false, err
	}
	return false, c.sync(ctx)
}

// agree asks for the speed and waits for the chip's OK, which has no prompt.
func (c *chip) agree(ctx context.Context, command string) (bool, error) {
	if err := c.write(ctx, command); err != nil {
		return false, err
	}
	t := newTurn(time.Now(), c.serial(len(command)+1), wait{quiet: shakeLimit, total: shakeLimit})
	for {
		l, err := c.next(ctx, t)
		switch {
		case errors.Is(err, errQuiet), errors.Is(err, errOver):
			return false, c.sync(ctx)
		case err != nil:
			return false, err
		case l.word == wordOK:
			return true, nil
		case l.kind == kindPrompt:
			c.synced = true
			return false, nil
		}
	}
}

// meet reads what the chip prints at the new speed, says that it is legible,
// and waits for the chip to say that it stays.
func (c *chip) meet(ctx context.Context) (bool, error) {
	t := newTurn(time.Now(), 0, wait{quiet: shakeLimit, total: 2 * shakeLimit})
	said, stays := false, false
	for {
		l, err := c.next(ctx, t)
		switch {
		case errors.Is(err, errQuiet), errors.Is(err, errOver):
			return stays, nil // its prompt may have got lost
		case err != nil:
			return false, err
		case l.kind == kindPrompt:
			c.synced = said
			return said, nil
		case !said && (l.text == c.caps.Banner || l.text == c.caps.Firmware):
			if err := c.port.Write(ctx, []byte{'\r'}); err != nil {
				return false, fmt.Errorf("elm327: %w", err)
			}
			said = true
		case l.word == wordOK:
			stays = said
		}
	}
}
