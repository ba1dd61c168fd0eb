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

// page is where a report for a person goes, with what all reports show.
type page struct {
	say    *message.Printer
	out    *bufio.Writer
	width  int
	colour bool
}

func (a *app) page() page {
	return page{say: a.say, out: bufio.NewWriter(a.streams.Out), width: width(a.streams.Out), colour: a.colour}
}

func (p *page) section(id message.ID, n int) bool {
	if n > 0 {
		p.heading(id)
	}
	return n > 0
}

func (p *page) heading(id message.ID) {
	if p.out.Buffered() > 0 {
		fmt.Fprintln(p.out)
	}
	fmt.Fprintln(p.out, p.paint(bold, p.say.Text(id)))
}

// vehicle tells which car it is and, if any, with which profile it was read.
func (p *page) vehicle(v *telematics.Vehicle, profile string, on adapter.Info) {
	p.heading(message.Car)
	t := table{
		{p.say.Text(message.VIN), strings.TrimSpace(p.or(v.VIN) + "  " + p.vinFrom(v.VINSource))},
		{p.say.Text(message.Make), p.or(v.Make)},
	}
	if v.ModelYear != 0 {
		t = append(t, row{p.say.Text(message.ModelYear), strconv.Itoa(v.ModelYear)})
	}
	if profile != "" {
		t = append(t, row{p.say.Text(message.Profile), profile})
	}
	p.table(append(t, row{p.say.Text(message.Adapter), on.URI}, row{"", on.Description}))
}

func (p *page) vinFrom(source string) string {
	if source == "" {
		return ""
	}
	return p.say.Text(message.VINFrom, source)
}

func (p *page) or(s string) string {
	if s == "" {
		return p.say.Text(message.Unknown)
	}
	return s
}

func (p *page) identifiers(all []telematics.ReadIdentifier) {
	if !p.section(message.Identifiers, len(all)) {
		return
	}
	var t table
	for _, i := range all {
		shown := i.Masked
		if i.Value != "" {
			shown = i.Value
		}
		request := i.Request
		if !i.Valid {
			request += "  " + p.paint(yellow, p.say.Text(message.Invalid))
		}
		t = append(t, row{p.say.Kind(i.Kind), shown, i.Unit, request})
	}
	p.table(t)
}

// unit names a unit: its role, its name unless that is the address, and the
// address, with the dialect where that is not today's usual one.
func (p *page) unit(u *telematics.Unit) row {
	name, dialect := u.Name, u.Dialect
	if name == u.Address {
		name = ""
	}
	if dialect == "uds" {
		dialect = ""
	}
	return row{p.say.Role(u.Role), name, strings.TrimSpace(u.Address + "  " + strings.ToUpper(dialect))}
}

func (p *page) findings(all []telematics.Finding) {
	if !p.section(message.Findings, len(all)) {
		return
	}
	for _, f := range all {
		s := map[telematics.Severity]style{telematics.Serious: red, telematics.Warning: yellow}[f.Severity]
		text := p.say.Severity(f.Severity) + ": "
		if f.Unit != "" {
			text += f.Unit + ": "
		}
		p.item(text+f.Summary, s)
	}
}

// notes say what was done to the car, and how personal numbers are shown.
func (p *page) notes(on adapter.Info, shown []telematics.ReadIdentifier) {
	fmt.Fprintln(p.out)
	note := message.NothingChanged
	if on.Kind == adapter.KindRecording {
		note = message.NothingSent
	}
	p.line(p.say.Text(note), dim)
	if strings.HasPrefix(on.URI, "sim:") {
		p.line(p.say.Text(message.SimulatedNote), dim)
	}
	if len(shown) == 0 {
		return
	}
	masked := message.MaskedNote
	if revealed(shown) {
		masked = message.RevealedNote
	}
	p.line(p.say.Text(masked), dim)
}

func revealed(all []telematics.ReadIdentifier) bool {
	for _, i := range all {
		if i.Value != "" {
			return true
		}
	}
	return false
}
