package elm327

import (
	"context"
	"strconv"
	"strings"
)

// ask gives the text with which the chip answers; empty: it has none. Only `?`
// tells that it does not know the command.
func (c *chip) ask(ctx context.Context, command string) (string, Ability, error) {
	r, err := c.do(ctx, command, wait{})
	switch {
	case isLate(err):
		return "", Unknown, nil
	case err != nil:
		return "", Unknown, err
	case r.has(wordUnknown):
		return "", No, nil
	}
	return r.text(), Yes, nil
}

// identify reads what the dongle calls itself. None of it proves anything.
func (c *chip) identify(ctx context.Context, banner string) error {
	c.caps = Capabilities{Banner: banner}
	if banner == "" {
		var err error
		if c.caps.Banner, _, err = c.ask(ctx, "ATI"); err != nil {
			return err
		}
	}
	var err error
	if c.caps.Description, _, err = c.ask(ctx, "AT@1"); err != nil {
		return err
	}
	if c.caps.Firmware, c.caps.STN, err = c.ask(ctx, "STI"); err != nil {
		return err
	}
	if c.caps.Firmware == "" || c.caps.STN != Yes {
		return nil
	}
	if c.caps.Hardware, _, err = c.ask(ctx, "STDI"); err != nil {
		return err
	}
	c.caps.Serial, _, err = c.ask(ctx, "STSN")
	return err
}

// isKept reports whether this is the dongle that was kept: the one with the
// same banner, and with the same serial number where it has one.
func (c *chip) isKept(ctx context.Context, kept record, banner string) (bool, error) {
	if kept.Version != recordVersion || banner == "" || banner != kept.Capabilities.Banner {
		return false, nil
	}
	if kept.Capabilities.Serial == "" {
		return true, nil
	}
	serial, _, err := c.ask(ctx, "STSN")
	return serial == kept.Capabilities.Serial, err
}

// version cuts major and minor out of `STN1110 v4.2.1`; false: there is none.
func version(firmware string) (major, minor int, ok bool) {
	_, text, ok := strings.Cut(firmware, " v")
	if !ok {
		return 0, 0, false
	}
	parts := strings.SplitN(text, ".", 3)
	if len(parts) < 2 {
		return 0, 0, false
	}
	major, err := strconv.Atoi(parts[0])
	if err != nil {
		return 0, 0, false
	}
	minor, err = strconv.Atoi(parts[1])
	return major, minor, err == nil
}
