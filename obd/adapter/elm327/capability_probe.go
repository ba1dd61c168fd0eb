package elm327

import (
	"context"
	"errors"
	"time"
)

// trial asks for one ability by doing it: it is there if no command of it is
// answered with `?`. What it sets is undone at its end or by the reset that
// follows. None of them says a word on the car's bus.
type trial struct {
	ability  func(*Capabilities) *Ability
	commands []string
	quiet    time.Duration
}

// trials are what is tried of every dongle. ATPPS only lists.
var trials = []trial{
	{ability: func(c *Capabilities) *Ability { return &c.FlowControl }, commands: []string{"ATFCSH7E0", "ATFCSD300000", "ATFCSM1", "ATFCSM0"}},
	{ability: func(c *Capabilities) *Ability { return &c.ReceiveFilter }, commands: []string{"ATCRA7E8", "ATCRA"}},
	{ability: func(c *Capabilities) *Ability { return &c.Silent }, commands: []string{"ATCSM1"}},
	{ability: func(c *Capabilities) *Ability { return &c.TimerScale }, commands: []string{"ATCTM5", "ATCTM1"}},
	{ability: func(c *Capabilities) *Ability { return &c.Extended }, commands: []string{"ATCEA61", "ATCEA"}},
	{ability: func(c *Capabilities) *Ability { return &c.Adaptive }, commands: []string{"ATAT2", "ATAT1"}},
	{ability: func(c *Capabilities) *Ability { return &c.J1939 }, commands: []string{"ATJE"}},
	{ability: func(c *Capabilities) *Ability { return &c.Activity }, commands: []string{"ATAMC"}},
	{ability: func(c *Capabilities) *Ability { return &c.Long }, commands: []string{"ATAL", "ATNL"}},
	{ability: func(c *Capabilities) *Ability { return &c.Raw }, commands: []string{"ATCAF0", "ATCFC0", "ATCFC1", "ATCAF1"}},
	{ability: func(c *Capabilities) *Ability { return &c.Wide }, commands: []string{"ATSH18DB33F1"}},
	{ability: func(c *Capabilities) *Ability { return &c.Parameters }, commands: []string{"ATPPS"}, quiet: 2 * time.Second},
}

// stnTrials are what is tried of an STN besides.
var stnTrials = []trial{
	{ability: func(c *Capabilities) *Ability { return &c.FlowPair }, commands: []string{"STCFCPC"}},
	{ability: func(c *Capabilities) *Ability { return &c.Wait }, commands: []string{"STPTO100"}},
}

// probe learns what the chip is and can do.
func (c *chip) probe(ctx context.Context, banner string) error {
	if err := c.identify(ctx, banner); err != nil {
		return err
	}
	for _, t := range trials {
		if err := c.try(ctx, t); err != nil {
			return err
		}
	}
	if err := c.probeSupply(ctx); err != nil {
		return err
	}
	return c.probeSTN(ctx)
}

// probeSupply asks for a voltage. There is one wherever a dongle is in a car.
func (c *chip) probeSupply(ctx context.Context) error {
	_, err := c.supply(ctx)
	var none *NoSupplyError
	switch {
	case err == nil:
		c.caps.Voltage = Yes
	case errors.As(err, &none):
		c.caps.Voltage = No
	case !isLate(err):
		return err
	}
	return nil
}

func (c *chip) probeSTN(ctx context.Context) error {
	if c.caps.STN != Yes {
		without := c.caps.STN
		c.caps.FlowPair, c.caps.Filters, c.caps.Wait, c.caps.Messages = without, without, without, without
		return nil
	}
	for _, t := range stnTrials {
		if err := c.try(ctx, t); err != nil {
			return err
		}
	}
	// Neither can be tried without a word on the bus or without touching the
	// filters that are there; the first `?` tells.
	if major, minor, ok := version(c.caps.Firmware); ok && (major > 4 || major == 4 && minor >= 2) {
		c.caps.Messages = Yes
	}
	return nil
}

// try runs one trial to its end, so that nothing of it stays set.
func (c *chip) try(ctx context.Context, t trial) error {
	outcome := Yes
	for _, command := range t.commands {
		r, err := c.do(ctx, command, wait{quiet: t.quiet})
		got := Yes
		switch {
		case isLate(err):
			got = Unknown
		case err != nil:
			return err
		case r.has(wordUnknown):
			got = No
		}
		if got != Yes && outcome != No {
			outcome = got
		}
	}
	*t.ability(&c.caps) = outcome
	return nil
}
