package doctor

import (
	"context"
	"errors"
	"regexp"

	"github.com/untether-obd/untether/obd/adapter/elm327"
	"github.com/untether-obd/untether/obd/adapter/serialport"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/telematics/message"
)

// elm examines an ELM327 or its like.
func (x *examination) elm(ctx context.Context, d *elm327.Dongle) error {
	can := d.Capabilities()
	x.identify(can)
	x.limits.carries = can.Carries
	for _, s := range skills {
		x.out.Abilities = append(x.out.Abilities, x.able(s.name, answerOf(*s.of(&can)), s.command, s.text))
	}
	x.judgeClaims(&can)
	x.judgeSkills(&can)
	if err := x.measure(ctx, d, &can); err != nil {
		return err
	}
	return x.through(ctx, d)
}

func (x *examination) identify(can elm327.Capabilities) {
	x.out.Identity = Identity{
		Family: string(ELM327), Banner: can.Banner, Description: can.Description,
		Firmware: can.Firmware, Hardware: can.Hardware, Serial: can.Serial, Baud: can.Baud,
	}
	if can.STN == elm327.Yes {
		x.out.Identity.Family = "stn"
	}
}

// measure asks the dongle what the car does not hear.
func (x *examination) measure(ctx context.Context, d *elm327.Dongle, can *elm327.Capabilities) error {
	if err := x.dialogue(ctx, d); err != nil {
		return err
	}
	x.judgeDialogue()
	joined, err := d.Join(ctx, usualBitrate)
	if err != nil {
		return err
	}
	link := guard.New(joined, guard.Policy{}) // nothing is sent; who has a link has it guarded
	x.limits.reaches = link.Reaches
	if err := link.Close(); err != nil || can.Voltage == elm327.No {
		return err
	}
	return x.supply(ctx, d)
}

// usualBitrate is that of ISO 15765-4 which is tried first.
const usualBitrate = 500_000

func (x *examination) supply(ctx context.Context, d *elm327.Dongle) error {
	millivolts, err := d.Supply(ctx)
	if err == nil {
		x.out.Supply = &Supply{Millivolts: millivolts, State: JudgeSupply(millivolts)}
		return nil
	}
	if fatal(ctx, err) {
		return err
	}
	x.because(NoVoltage)
	return nil
}

// lost reports a dongle that is gone for good, of whatever kind.
func lost(err error) bool {
	var (
		pulled *serialport.LostError
		locked *elm327.LockedUpError
	)
	return errors.As(err, &pulled) || errors.As(err, &locked)
}

// skill is an ability of the chip, and with which version of the original it
// came, by the data sheets.
type skill struct {
	name    string
	of      func(*elm327.Capabilities) *elm327.Ability
	command string
	since   int // version, 142 is 1.4b; 0: no version has it
	text    message.ID
}

var skills = []skill{
	{"flow_control", func(c *elm327.Capabilities) *elm327.Ability { return &c.FlowControl }, "ATFCSH", 110, message.AbleFlowControl},
	{"raw", func(c *elm327.Capabilities) *elm327.Ability { return &c.Raw }, "ATCAF0, ATCFC0", 100, message.AbleRaw},
	{"receive_filter", func(c *elm327.Capabilities) *elm327.Ability { return &c.ReceiveFilter }, "ATCRA", 142, message.AbleFilter},
	{"extended", func(c *elm327.Capabilities) *elm327.Ability { return &c.Extended }, "ATCEA", 140, message.AbleExtended},
	{"wide", func(c *elm327.Capabilities) *elm327.Ability { return &c.Wide }, "ATSH", 0, message.AbleWide},
	{"silent", func(c *elm327.Capabilities) *elm327.Ability { return &c.Silent }, "ATCSM", 142, message.AbleSilent},
	{"timer_scale", func(c *elm327.Capabilities) *elm327.Ability { return &c.TimerScale }, "ATCTM", 210, message.AbleTimerScale},
	{"adaptive", func(c *elm327.Capabilities) *elm327.Ability { return &c.Adaptive }, "ATAT2", 120, message.AbleAdaptive},
	{"long", func(c *elm327.Capabilities) *elm327.Ability { return &c.Long }, "ATAL", 100, message.AbleLong},
	{"parameters", func(c *elm327.Capabilities) *elm327.Ability { return &c.Parameters }, "ATPPS", 110, message.AbleParameters},
	{"voltage", func(c *elm327.Capabilities) *elm327.Ability { return &c.Voltage }, "ATRV", 100, message.AbleVoltage},
	{"messages", func(c *elm327.Capabilities) *elm327.Ability { return &c.Messages }, "STPX", 0, message.AbleMessages},
	{"flow_pair", func(c *elm327.Capabilities) *elm327.Ability { return &c.FlowPair }, "STCFCPA", 0, message.AbleFlowPair},
	{"filters", func(c *elm327.Capabilities) *elm327.Ability { return &c.Filters }, "STFAP", 0, message.AbleFilters},
}

func answerOf(a elm327.Ability) Answer {
	switch a {
	case elm327.Yes:
		return Yes
	case elm327.No:
		return No
	}
	return Unknown
}

// claimed is the version that a banner speaks of, 142 for v1.4b; 0: none.
func claimed(banner string) int {
	found := versionText.FindStringSubmatch(banner)
	if found == nil {
		return 0
	}
	version := 100*int(found[1][0]-'0') + 10*int(found[2][0]-'0')
	if letter := found[3]; letter != "" {
		version += 1 + int(letter[0]-'a')
	}
	return version
}

var versionText = regexp.MustCompile(`\bv(\d)\.(\d)([a-i]?)`)
