package doctor

import (
	"strings"

	"github.com/untether-obd/untether/obd/adapter/elm327"
	"github.com/untether-obd/untether/telematics/message"
)

// ReasonID names a reason.
type ReasonID string

// The reasons.
const (
	IsSTN          ReasonID = "stn"
	NoSuchVersion  ReasonID = "no-such-version" // its maker never sold it
	LacksClaimed   ReasonID = "lacks-claimed"   // of the version that it says
	NoFlowControl  ReasonID = "no-flow-control"
	NoRawFrames    ReasonID = "no-raw-frames"
	NotSilent      ReasonID = "not-silent" // or it acknowledges while it listens
	NoVoltage      ReasonID = "no-voltage"
	NotKnown       ReasonID = "not-known" // abilities that could not be tried
	NoAcknowledge  ReasonID = "no-acknowledge"
	LosesAnswers   ReasonID = "loses-answers"
	SlowAnswers    ReasonID = "slow-answers"
	OutOfReach     ReasonID = "out-of-reach"     // units of makes with a profile
	RequestTooLong ReasonID = "request-too-long" // for some reads
	BrokenOff      ReasonID = "broken-off"       // it failed while it was examined
)

// weights say what a reason does to the grade.
var weights = map[ReasonID]Grade{
	IsSTN: Full, NoSuchVersion: Usable, LacksClaimed: Usable, NoFlowControl: Usable, NoRawFrames: Usable, NotSilent: Usable,
	NoVoltage: Full, NotKnown: Usable, NoAcknowledge: Usable, LosesAnswers: Poor, SlowAnswers: Usable,
	OutOfReach: Poor, RequestTooLong: Poor, BrokenOff: Poor,
}

func grade(reasons []Reason) Grade {
	worst := Full
	for _, r := range reasons {
		switch weights[r.ID] {
		case Poor:
			return Poor
		case Usable:
			worst = Usable
		}
	}
	return worst
}

func (x *examination) because(id ReasonID, args ...any) {
	x.out.Reasons = append(x.out.Reasons, Reason{ID: id, Summary: x.o.Printer.Text(message.ID("reason."+id), args...)})
}

// neverSold is a version that only clones have.
const neverSold = 150

// judgeClaims compares what the chip says that it is with what it can do. An
// STN has its own firmware; what it says besides is for old programs.
func (x *examination) judgeClaims(can *elm327.Capabilities) {
	if can.STN == elm327.Yes {
		x.because(IsSTN, can.Firmware)
		x.out.Clone = No
		return
	}
	version := claimed(can.Banner)
	if version == 0 {
		return
	}
	x.out.Clone = No
	if version == neverSold {
		x.because(NoSuchVersion, can.Banner)
		x.out.Clone = Yes
	}
	if lacks := lacking(can, version); len(lacks) > 0 {
		x.because(LacksClaimed, can.Banner, strings.Join(lacks, ", "))
		x.out.Clone = Yes
	}
}

// lacking are the commands that a version has and this chip has not.
func lacking(can *elm327.Capabilities, version int) (commands []string) {
	for _, s := range skills {
		if s.since != 0 && s.since <= version && *s.of(can) == elm327.No {
			commands = append(commands, s.command)
		}
	}
	return commands
}

// judgeSkills says what follows from what the chip cannot do.
func (x *examination) judgeSkills(can *elm327.Capabilities) {
	if can.FlowControl == elm327.No {
		x.because(NoFlowControl)
	}
	if can.Raw == elm327.No {
		x.because(NoRawFrames)
	}
	if can.Silent == elm327.No {
		x.because(NotSilent)
	}
	if can.Voltage == elm327.No {
		x.because(NoVoltage)
	}
	var unknown []string
	for _, s := range skills {
		if *s.of(can) == elm327.Unknown && s.since != 0 {
			unknown = append(unknown, s.command)
		}
	}
	if len(unknown) > 0 {
		x.because(NotKnown, strings.Join(unknown, ", "))
	}
}

// slow is a median in ms above which an inspection drags on: each request
// takes several commands.
const slow = 100

func (x *examination) judgeDialogue() {
	d := x.out.Dialogue
	if d.Lost > 0 {
		x.because(LosesAnswers, d.Lost, d.Asked)
	}
	if d.Latency != nil && d.Latency.Median > slow {
		x.because(SlowAnswers, d.Latency.Median)
	}
}

// judgeReach looks at makes with a profile: of others little is asked anyway.
func (x *examination) judgeReach() {
	var out, long []string
	for _, m := range x.out.Makes {
		if m.Profile == "" || len(m.Makes) == 0 {
			continue
		}
		if m.Reach != All {
			out = append(out, m.Makes...)
		}
		for _, u := range m.Units {
			if u.Why == LongRequest {
				long = append(long, m.Makes...)
				break
			}
		}
	}
	if len(out) > 0 {
		x.because(OutOfReach, strings.Join(out, ", "))
	}
	if len(long) > 0 {
		x.because(RequestTooLong, strings.Join(long, ", "))
	}
}
