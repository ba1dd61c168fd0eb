package elm327

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// register is a setting of the chip, named by the command that sets it.
type register string

// The settings. A value is what stands behind the command: "1", "7E0". Where
// nothing stands behind it the setting is off.
const (
	regEcho     register = "ATE"
	regLinefeed register = "ATL"
	regMemory   register = "ATM" // 0: the protocol is not kept for the next start
	regSpaces   register = "ATS"
	regHeaders  register = "ATH"
	regProtocol register = "ATTP"  // the number; ATSP where the chip lacks it
	regSTN      register = "STP"   // the number of an STN
	regRate     register = "STPBR" // bit/s of it
	regLong     register = "ATAL"  // "1": ATAL, "0": ATNL
	regFormat   register = "ATCAF"
	regFlow     register = "ATCFC"
	regTimeout  register = "ATST" // times 4 ms, hex
	regAdaptive register = "ATAT"
	regSilent   register = "ATCSM"
	regPriority register = "ATCP"
	regHeader   register = "ATSH"
	regExtended register = "ATCEA"
	regReceive  register = "ATCRA"
	regFilter   register = "ATCF"
	regMask     register = "ATCM"
	regFlowID   register = "ATFCSH"
	regFlowData register = "ATFCSD"
	regFlowMode register = "ATFCSM"
)

// registers is the order in which they are given back: what needs or resets
// another stands behind it.
var registers = []register{
	regEcho, regLinefeed, regMemory, regProtocol, regSTN, regRate,
	regSpaces, regHeaders, regLong, regFormat, regFlow,
	regTimeout, regAdaptive, regSilent,
	regPriority, regHeader, regExtended, regReceive, regFilter, regMask,
	regFlowID, regFlowData, regFlowMode, regSegments,
}

// volatile are those that a change of protocol resets on some chips.
var volatile = []register{regSpaces, regLong, regFormat}

// perProtocol are those that mean something else under another protocol.
var perProtocol = []register{
	regPriority, regHeader, regExtended, regReceive, regFilter, regMask,
	regFlowID, regFlowData, regFlowMode,
}

// shadow is what the chip should have and what it has for sure.
type shadow struct {
	want  map[register]string
	have  map[register]string
	pairs map[pair]bool // that an STN knows for sure
}

func newShadow() shadow {
	return shadow{want: map[register]string{}, have: map[register]string{}, pairs: map[pair]bool{}}
}

// forget says that nothing is known of the chip any more.
func (s *shadow) forget() {
	clear(s.have)
	clear(s.pairs)
}

// has reports whether the chip has v for sure.
func (s *shadow) has(r register, v string) bool {
	have, ok := s.have[r]
	return ok && have == v
}

// set gives the chip a setting, if it does not have it already.
func (c *chip) set(ctx context.Context, r register, value string) error {
	if c.regs.has(r, value) && !c.lost {
		return nil
	}
	before, had := c.regs.want[r]
	c.regs.want[r] = value
	err := c.assert(ctx, r, value)
	var unsupported *UnsupportedError
	if errors.As(err, &unsupported) {
		delete(c.regs.want, r)
		if had {
			c.regs.want[r] = before
		}
	}
	return err
}

// assert sends a setting, and once more if the answer is lost: it may be set
// twice.
func (c *chip) assert(ctx context.Context, r register, value string) error {
	command := setting(r, value)
	delete(c.regs.have, r)
	reply, err := c.do(ctx, command, wait{})
	if err == nil && spoke(reply) {
		return c.disturb(command, printed(reply))
	}
	if isLate(err) || err == nil && !reply.has(wordOK) && !reply.has(wordUnknown) {
		c.synced = false
		reply, err = c.do(ctx, command, wait{})
	}
	switch {
	case err != nil:
		return err
	case reply.has(wordUnknown):
		return c.refused(ctx, r, value)
	case !reply.has(wordOK):
		return c.disturb(command, printed(reply))
	}
	c.regs.have[r] = value
	return c.disturbed(ctx, r)
}

// spoke reports whether a unit of the car speaks in the answer to a setting:
// somebody else has asked it.
func spoke(r reply) bool {
	return slices.ContainsFunc(r.lines, func(l line) bool {
		d, ok := shaped(l.text)
		return ok && !l.rubbish && len(d.data) > 1
	})
}

// refused is a `?`. A chip that cannot try a protocol can set it.
func (c *chip) refused(ctx context.Context, r register, value string) error {
	command := setting(r, value)
	if r != regProtocol {
		return &UnsupportedError{Command: command}
	}
	reply, err := c.do(ctx, "ATSP"+value, wait{})
	if err != nil {
		return err
	}
	if !reply.has(wordOK) {
		return &UnsupportedError{Command: command}
	}
	c.regs.have[r] = value
	return c.disturbed(ctx, r)
}

// disturbed gives back what a change of protocol may have taken away.
func (c *chip) disturbed(ctx context.Context, r register) error {
	if r != regProtocol && r != regSTN {
		return nil
	}
	for _, p := range perProtocol {
		delete(c.regs.have, p)
	}
	for _, v := range volatile {
		value, ok := c.regs.want[v]
		if !ok {
			continue
		}
		var unsupported *UnsupportedError
		if err := c.assert(ctx, v, value); err != nil && !errors.As(err, &unsupported) {
			return fmt.Errorf("elm327: after %s: %w", r, err)
		}
	}
	return nil
}

// restore gives a chip that was reset all that it had.
func (c *chip) restore(ctx context.Context) error {
	c.lost = false
	c.regs.forget()
	if err := c.begun(ctx); err != nil {
		c.lost = true
		return err
	}
	for _, r := range registers {
		value, ok := c.regs.want[r]
		if !ok || c.regs.has(r, value) {
			continue
		}
		var unsupported *UnsupportedError
		if err := c.assert(ctx, r, value); err != nil && !errors.As(err, &unsupported) {
			c.lost = true
			return fmt.Errorf("elm327: giving the settings back: %w", err)
		}
	}
	return nil
}

// begun closes the protocol of a chip whose CAN controller failed: the next
// request opens it anew.
func (c *chip) begun(ctx context.Context) error {
	if !c.fatal {
		return nil
	}
	_, err := c.do(ctx, "ATPC", wait{})
	c.fatal = err != nil
	return err
}

// setting is the command that sets r.
func setting(r register, value string) string {
	if r == regLong {
		return map[string]string{"0": "ATNL", "1": "ATAL"}[value]
	}
	return string(r) + value
}

// printed is a reply as one text.
func printed(r reply) string {
	var b strings.Builder
	for i, l := range r.lines {
		if i > 0 {
			b.WriteString(" / ")
		}
		b.WriteString(l.text)
	}
	return b.String()
}
