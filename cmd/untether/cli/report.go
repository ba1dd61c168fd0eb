package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/untether-obd/untether/telematics"
	"github.com/untether-obd/untether/telematics/message"
)

// report is an inspection for a person: the car, the telematics answers, then
// what they rest on, then what to do.
type report struct {
	*telematics.Inspection
	page
}

func (a *app) report(i *telematics.Inspection) *report { return &report{i, a.page()} }

func (r *report) print() error {
	r.vehicle(&r.Vehicle, r.profile(), r.Adapter)
	r.telematics()
	r.identifiers(r.Identifiers)
	r.signals()
	r.units()
	r.findings(r.Findings)
	r.refusals()
	r.troubleCodes()
	r.coverage()
	r.advice()
	r.notes(r.Adapter, r.Identifiers)
	return r.out.Flush()
}

// profile says with which one the car was read.
func (r *report) profile() string {
	if r.Profile.ID == "" {
		return ""
	}
	return fmt.Sprintf("%s %d  %s", r.Profile.ID, r.Profile.Version, r.say.MatchedBy(r.Profile.MatchedBy))
}

func (r *report) telematics() {
	r.heading(message.Telematics)
	t := r.Telematics
	r.table(table{
		{r.say.Text(message.Fitted), strings.TrimSpace(r.paint(fittedStyle(t.Fitted), r.say.Value(t.Fitted)) + "  " + strings.Join(t.Units, ", "))},
		{r.say.Text(message.Services), r.paint(serviceStyle(t.Services), r.say.Value(t.Services))},
		{r.say.Text(message.Network), r.say.Value(t.Network)},
	})
}

// Only what calls for action is coloured: neither is off a proof, nor unknown
// a harmless answer.
func serviceStyle(v string) style {
	switch v {
	case telematics.Active:
		return red
	case telematics.Unknown:
		return yellow
	}
	return plain
}

func fittedStyle(v string) style {
	if v == telematics.Unknown {
		return yellow
	}
	return plain
}

func (r *report) signals() {
	if !r.section(message.Signals, len(r.Signals)) {
		return
	}
	var t table
	for _, s := range r.Signals {
		t = append(t, row{r.say.Signal(s.Name), r.say.Value(s.Value), s.Unit, s.Request})
	}
	r.table(t)
}

func (r *report) units() {
	if !r.section(message.Units, len(r.Units)) {
		return
	}
	var t table
	for _, u := range r.Units {
		state := r.say.Text(message.UnitNoAnswer)
		switch {
		case u.Answered:
			state = r.say.Text(message.UnitAnswered, u.DistinctReads)
		case r.unasked(u.Name):
			state = r.say.Text(message.UnitNotAsked)
		}
		t = append(t, append(r.unit(&u), state))
	}
	r.table(t)
}

// unasked reports whether a finding says why a unit was not asked.
func (r *report) unasked(unit string) bool {
	return slices.ContainsFunc(r.Findings, func(f telematics.Finding) bool {
		switch f.ID {
		case telematics.OtherPins, telematics.PinsUnreachable, telematics.OtherBitrate, telematics.UnitUnreachable:
			return f.Unit == unit
		}
		return false
	})
}

func (r *report) refusals() {
	if !r.section(message.Refusals, len(r.Refusals)) {
		return
	}
	var t table
	for _, x := range r.Refusals {
		code, _ := strconv.ParseUint(x.Code, 16, 8)
		t = append(t, row{x.Unit, x.Request, r.say.Refusal(byte(code)) + " (" + x.Code + ")"})
	}
	r.table(t)
}

func (r *report) troubleCodes() {
	if !r.section(message.TroubleCodes, len(r.TroubleCodes)) {
		return
	}
	var t table
	for _, c := range r.TroubleCodes {
		t = append(t, row{c.Code, r.say.TroubleStatus(string(c.Status)), c.Unit, r.say.Trouble(c.Text)})
	}
	r.table(t)
}

func (r *report) coverage() {
	r.heading(message.Coverage)
	c := r.Coverage
	r.item(r.say.Text(message.CoverageCounts, c.Asked, c.Answered, c.Refused, c.Silent), plain)
}

func (r *report) advice() {
	if !r.section(message.Advice, len(r.Advice)) {
		return
	}
	for _, s := range r.Advice {
		r.item(s, plain)
	}
}
