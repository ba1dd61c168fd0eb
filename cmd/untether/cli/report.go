package cli

import (
	"bufio"
	"fmt"
	"strconv"
	"strings"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/telematics"
	"github.com/untether-obd/untether/telematics/message"
)

// report is an inspection for a person: the car, the telematics answers, then
// what they rest on, then what to do.
type report struct {
	*telematics.Inspection
	say    *message.Printer
	out    *bufio.Writer
	width  int
	colour bool
}

func (a *app) report(i *telematics.Inspection) *report {
	return &report{
		Inspection: i, say: a.say, out: bufio.NewWriter(a.streams.Out),
		width: width(a.streams.Out), colour: a.colour,
	}
}

func (r *report) print() error {
	r.car()
	r.telematics()
	r.identifiers()
	r.signals()
	r.units()
	r.findings()
	r.refusals()
	r.troubleCodes()
	r.coverage()
	r.advice()
	r.notes()
	return r.out.Flush()
}

func (r *report) car() {
	r.heading(message.Car)
	t := table{{r.say.Text(message.VIN), strings.TrimSpace(r.or(r.Vehicle.VIN) + "  " + r.vinFrom())}}
	t = append(t, row{r.say.Text(message.Make), r.or(r.Vehicle.Make)})
	if r.Vehicle.ModelYear != 0 {
		t = append(t, row{r.say.Text(message.ModelYear), strconv.Itoa(r.Vehicle.ModelYear)})
	}
	if r.Profile.ID != "" {
		t = append(t, row{r.say.Text(message.Profile), fmt.Sprintf("%s %d  %s", r.Profile.ID, r.Profile.Version, r.say.MatchedBy(r.Profile.MatchedBy))})
	}
	t = append(t, row{r.say.Text(message.Adapter), r.Adapter.URI}, row{"", r.Adapter.Description})
	r.table(t)
}

func (r *report) vinFrom() string {
	if r.Vehicle.VINSource == "" {
		return ""
	}
	return r.say.Text(message.VINFrom, r.Vehicle.VINSource)
}

func (r *report) or(s string) string {
	if s == "" {
		return r.say.Text(message.Unknown)
	}
	return s
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

func (r *report) identifiers() {
	if !r.section(message.Identifiers, len(r.Identifiers)) {
		return
	}
	var t table
	for _, i := range r.Identifiers {
		shown := i.Masked
		if i.Value != "" {
			shown = i.Value
		}
		request := i.Request
		if !i.Valid {
			request += "  " + r.paint(yellow, r.say.Text(message.Invalid))
		}
		t = append(t, row{r.say.Kind(i.Kind), shown, i.Unit, request})
	}
	r.table(t)
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
		if u.Answered {
			state = r.say.Text(message.UnitAnswered, u.DistinctReads)
		}
		name := u.Name
		if name == u.Address {
			name = ""
		}
		t = append(t, row{r.say.Role(u.Role), name, strings.TrimSpace(u.Address + "  " + foreign(u.Dialect)), state})
	}
	r.table(t)
}

// foreign names a dialect that is not today's usual one.
func foreign(dialect string) string {
	if dialect == "uds" {
		return ""
	}
	return strings.ToUpper(dialect)
}

func (r *report) findings() {
	if !r.section(message.Findings, len(r.Findings)) {
		return
	}
	for _, f := range r.Findings {
		s := map[telematics.Severity]style{telematics.Serious: red, telematics.Warning: yellow}[f.Severity]
		text := r.say.Severity(f.Severity) + ": "
		if f.Unit != "" {
			text += f.Unit + ": "
		}
		r.item(text+f.Summary, s)
	}
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

func (r *report) notes() {
	fmt.Fprintln(r.out)
	note := message.NothingChanged
	if r.Adapter.Kind == adapter.KindRecording {
		note = message.NothingSent
	}
	r.line(r.say.Text(note), dim)
	if strings.HasPrefix(r.Adapter.URI, "sim:") {
		r.line(r.say.Text(message.SimulatedNote), dim)
	}
	if len(r.Identifiers) == 0 {
		return
	}
	masked := message.MaskedNote
	if r.revealed() {
		masked = message.RevealedNote
	}
	r.line(r.say.Text(masked), dim)
}

func (r *report) revealed() bool {
	for _, i := range r.Identifiers {
		if i.Value != "" {
			return true
		}
	}
	return false
}

func (r *report) section(id message.ID, n int) bool {
	if n > 0 {
		r.heading(id)
	}
	return n > 0
}

func (r *report) heading(id message.ID) {
	if r.out.Buffered() > 0 {
		fmt.Fprintln(r.out)
	}
	fmt.Fprintln(r.out, r.paint(bold, r.say.Text(id)))
}
