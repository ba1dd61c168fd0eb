package inspect

import (
	"slices"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
	"github.com/untether-obd/untether/telematics/message"
)

// advise says what to do now, in the reader's language: what this inspection
// calls for, then what the make's profile knows.
func (p *pass) advise() {
	say := func(when bool, id message.ID) {
		if when {
			p.out.Advice = append(p.out.Advice, p.o.Printer.Text(id))
		}
	}
	t := p.out.Telematics
	recording := p.out.Adapter.Kind == adapter.KindRecording
	say(t.Services == telematics.Active, message.AdviceActive)
	say(t.Services == telematics.Inactive, message.AdviceInactive)
	say(t.Fitted == telematics.Yes, message.AdviceAccountsOnly)
	say(t.Fitted == telematics.Unknown && len(t.Units) == 0 && !recording, message.AdviceNotAbsent)
	say(recording, message.AdviceNotAsked)
	say(p.found(telematics.VINSwapped), message.AdviceSwapped)
	say(slices.ContainsFunc(p.out.Signals, phones), message.AdvicePhones)
	say(slices.ContainsFunc(p.out.Refusals, keptBack), message.AdviceRefusals)
	say(p.found(telematics.Incomplete) || p.found(telematics.SupplyStop), message.AdviceReadAgain)
	p.adviseOnMake()
}

// keptBack: the unit has the value and gives it only to who can unlock it.
func keptBack(r telematics.Refusal) bool { return r.Code == "33" || r.Code == "34" }

func phones(s telematics.Signal) bool { return s.Name == telematics.PairedPhones && s.Value != "0" }

func (p *pass) found(id telematics.FindingID) bool {
	return slices.ContainsFunc(p.out.Findings, func(f telematics.Finding) bool { return f.ID == id })
}

// adviseOnMake names the maker's own route in one text, or says that none is
// known here.
func (p *pass) adviseOnMake() {
	c := p.choice
	if c.Profile == nil {
		return
	}
	say := func(text string) { p.out.Advice = append(p.out.Advice, text) }
	if limits := p.text(c.Profile.Limits); limits != "" {
		say(p.o.Printer.Text(message.AdviceLimits, limits))
	}
	switch route := p.text(c.Profile.Route); {
	case c.Profile.ID == profiles.GenericID:
		say(p.o.Printer.Text(message.AdviceNoProfile))
		say(route)
	case route != "":
		say(p.o.Printer.Text(message.AdviceRoute, route))
	default:
		say(p.o.Printer.Text(message.AdviceSeller))
	}
}

func (p *pass) text(t profiles.Text) string { return p.o.Printer.Choose(t.EN, t.DE) }
