package elm327

// judge says whether a reply that came to its end was one.
func (c *chip) judge(command string, t *turn) error {
	l := t.trouble
	switch {
	case l.word == wordLPAlert, l.word == wordActAlert:
		c.synced, c.asleep = false, true
		return &AsleepError{Command: command, Text: l.text}
	case l.word == wordLVReset:
		return c.wasReset(&LowVoltageError{Reset: ResetError{Command: command, Text: l.text}})
	case l.kind == kindBanner && (t.early || !prints(command)):
		return c.wasReset(&ResetError{Command: command, Text: l.text})
	case l.word == wordFatal:
		c.broke(command, l)
	case t.foreign != "":
		return c.disturb(command, t.foreign)
	case t.changed:
		c.doubt()
	}
	return nil
}

// broke notes that the chip could not bring its CAN controller back but by a
// reset of itself. That is no error here: the word is in the reply.
func (c *chip) broke(command string, l line) {
	c.fatal = true
	_ = c.wasReset(&ResetError{Command: command, Text: l.text})
}

// suspect notes what a chip that has our settings does not print: somebody else
// uses it, or an answer is that to another command.
func (c *chip) suspect(t *turn, l line) {
	if l.at.Before(t.possible) {
		t.early = true
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

// disturb gives the chip up: what somebody else's characters cut off of the
// next command might be a request to the car. ATCAF0 is CA F0 then.
func (c *chip) disturb(command, got string) error {
	c.dead = &UnexpectedError{Command: command, Got: got}
	return c.dead
}

// prints reports whether a command is answered by the banner.
func prints(command string) bool {
	switch command {
	case "ATZ", "ATWS", "ATI", "AT@1", "STI", "STDI", junk:
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
