package elm327

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/untether-obd/untether/obd/adapter/serialport"
)

// chipOptions is how a chip is opened. The zero value knows nothing of it and
// keeps nothing.
type chipOptions struct {
	baud  int         // bit/s that the user named: tried first, and never left; 0: none named
	key   string      // a name of the dongle that is the same tomorrow: by-id path, host and port
	cache string      // the folder in which is kept what was probed; empty: none
	anew  bool        // do not believe what is kept
	reset func(error) // see chip
}

// resetLimit is what a chip takes to start, at most.
const resetLimit = 2500 * time.Millisecond

// resets are the commands that give a chip its defaults, the quick one first.
var resets = []string{"ATWS", "ATZ"}

// openChip finds the chip behind an open port, and brings it to where the
// first request can be sent. Where there is none it says *NoDongleError after
// three seconds at most. The port stays open if there is an error.
func openChip(ctx context.Context, port serialport.Port, o chipOptions) (*chip, error) {
	c := newChip(port)
	kept := o.load()
	if err := c.hunt(ctx, bauds(o.baud, kept)); err != nil {
		return nil, err
	}
	err := c.introduce(ctx, kept)
	if wasWatchdog(err) { // some do not survive every question
		err = c.introduce(ctx, kept)
	}
	if err != nil {
		return nil, err
	}
	c.home = c.port.Baud()
	if err := c.settle(ctx); err != nil {
		return nil, err
	}
	if err := c.hasten(ctx, o, kept); err != nil {
		return nil, err
	}
	c.reset = o.reset
	o.save(c.record())
	return c, nil
}

// wasWatchdog reports a reset that is worth another try.
func wasWatchdog(err error) bool {
	return errors.As(err, new(*ResetError)) && !errors.As(err, new(*LowVoltageError))
}

func newChip(port serialport.Port) *chip {
	return &chip{port: port, regs: newShadow(), buf: make([]byte, 4096)}
}

// introduce resets the chip and learns what it is, or recognises it.
func (c *chip) introduce(ctx context.Context, kept record) error {
	banner, err := c.start(ctx, kept)
	if err != nil {
		return err
	}
	if err := c.set(ctx, regEcho, "0"); err != nil {
		return c.notELM(err, banner)
	}
	same, err := c.isKept(ctx, kept, banner)
	if err != nil {
		return err
	}
	if same {
		c.caps = kept.Capabilities
		return nil
	}
	if err := c.probe(ctx, banner); err != nil {
		return err
	}
	return c.anew(ctx)
}

// anew undoes what was set in passing. Where the echo has not come back a warm
// start is none, and this chip is reset the slow way from now on.
func (c *chip) anew(ctx context.Context) error {
	again := record{Reset: c.first}
	for {
		c.regs.forget()
		if _, err := c.start(ctx, again); err != nil {
			return err
		}
		if err := c.set(ctx, regEcho, "0"); err != nil || c.in.echoed || again.Reset != resets[0] {
			return err
		}
		again.Reset = resets[1]
	}
}

// start resets the chip and gives what it prints then. A chip that knows no
// reset goes on as it is: each setting is sent to it anyway.
func (c *chip) start(ctx context.Context, kept record) (banner string, err error) {
	for _, command := range resets {
		if kept.Reset != "" && command != kept.Reset {
			continue
		}
		r, err := c.do(ctx, command, wait{quiet: resetLimit})
		switch {
		case isLate(err): // it may have another speed now
			if err := c.hunt(ctx, bauds(c.port.Baud(), kept)); err != nil {
				return "", err
			}
		case err != nil:
			return "", err
		case !r.has(wordUnknown):
			c.first = command
			return r.text(), nil
		}
	}
	return "", nil
}

// notELM says what answers where not even the echo can be switched off.
func (c *chip) notELM(err error, banner string) error {
	var (
		unsupported *UnsupportedError
		unexpected  *UnexpectedError
	)
	if strings.Contains(banner, "ELM327") {
		return err
	}
	if errors.As(err, &unsupported) || errors.As(err, &unexpected) {
		none := &NoDongleError{Seen: SeenOther, Text: banner}
		if unexpected != nil {
			none.Text = unexpected.Got
		}
		return none
	}
	return err
}

// settle gives the settings that every conversation has.
func (c *chip) settle(ctx context.Context) error {
	for _, s := range []struct {
		r        register
		optional bool
	}{{regLinefeed, true}, {regMemory, true}, {regSpaces, true}, {regHeaders, false}} {
		value := "0"
		if s.r == regHeaders {
			value = "1"
		}
		err := c.set(ctx, s.r, value)
		var unsupported *UnsupportedError
		if err != nil && (!s.optional || !errors.As(err, &unsupported)) {
			return err
		}
	}
	return nil
}

// close ends what the chip is doing, has it leave the bus, and gives it back the
// speed at which it was found. The port stays open.
func (c *chip) close(ctx context.Context) error {
	if c.dead != nil {
		return c.dead
	}
	if !c.synced {
		if err := c.hark(ctx); err != nil {
			return err
		}
	}
	if err := c.part(ctx); err != nil && !isLate(err) {
		return err
	}
	return c.slow(ctx)
}

// part closes the protocol: a chip on a K-line would keep the session open for
// as long as it has power, and the car would not sleep.
func (c *chip) part(ctx context.Context) error {
	_, usual := c.regs.want[regProtocol]
	_, own := c.regs.want[regSTN]
	if !usual && !own {
		return nil
	}
	_, err := c.exchange(ctx, "ATPC", wait{}, nil)
	return err
}
