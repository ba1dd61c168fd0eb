package message

import (
	"errors"
	"fmt"
	"maps"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"

	"github.com/untether-obd/untether/telematics"
)

// ID names a text.
type ID string

// text is one text in every language.
type text struct{ en, de string }

type table map[ID]text

// tables are the catalogue, by what their texts are for.
var tables = []table{labels, notes, words, findings, disturbances, adapters, refusals, troubles, advice, failures, simulation, plugged, dongles, examination, reasons, abilities, mending}

// built is made once. A text that cannot be compiled is our own mistake, which
// the first text printed shows.
var built = sync.OnceValue(func() *catalog.Builder {
	c := catalog.NewBuilder(catalog.Fallback(language.English))
	for id, t := range all() {
		err := errors.Join(
			c.SetString(language.English, string(id), t.en),
			c.SetString(language.German, string(id), t.de))
		if err != nil {
			panic(fmt.Sprintf("message: %s: %v", id, err))
		}
	}
	return c
})

func all() table {
	whole := table{}
	for _, t := range tables {
		maps.Copy(whole, t)
	}
	return whole
}

// Printer writes texts in one language. It may be used by several goroutines.
type Printer struct {
	language Language
	known    table
	printer  *message.Printer
}

// For gives the Printer of a language; one that is not spoken is English.
func For(l Language) *Printer {
	return &Printer{language: l, known: all(), printer: message.NewPrinter(l.tag(), message.Catalog(built()))}
}

// Text is the text named id with args in its verbs.
func (p *Printer) Text(id ID, args ...any) string { return p.printer.Sprintf(string(id), args...) }

// Choose picks from a text that a profile brings along.
func (p *Printer) Choose(en, de string) string {
	if p.language == German && de != "" {
		return de
	}
	return en
}

// Finding is the summary of a finding; see the table for what args it takes.
func (p *Printer) Finding(id telematics.FindingID, args ...any) string {
	return p.Text(ID("finding."+id), args...)
}

// Kind is what an identifier is called.
func (p *Printer) Kind(k telematics.Kind) string { return p.word("kind", string(k)) }

// Problem says what is wrong with an identifier, or remarkable.
func (p *Printer) Problem(problem telematics.Problem) string {
	return p.word("problem", string(problem))
}

// Signal is what a signal is called.
func (p *Printer) Signal(name telematics.SignalName) string { return p.word("signal", string(name)) }

// Value is a value of a signal or of the telematics summary in words; a number
// or a text of the car's own stays as it is.
func (p *Printer) Value(value string) string { return p.word("value", value) }

// Role is what a unit does in the car.
func (p *Printer) Role(role string) string { return p.word("role", role) }

// Severity is how much a finding matters.
func (p *Printer) Severity(s telematics.Severity) string { return p.word("severity", string(s)) }

// MatchedBy says what the choice of a profile rests on.
func (p *Printer) MatchedBy(m telematics.MatchedBy) string { return p.word("matched", string(m)) }

// TroubleStatus is the state of a trouble code in words.
func (p *Printer) TroubleStatus(status string) string { return p.word("trouble", status) }

// Trouble is the text of a trouble code: dtc.Text's in the reader's language,
// and where that has none, a word to say so.
func (p *Printer) Trouble(text string) string {
	if text == "" {
		return p.Text(NoPublicText)
	}
	return p.word("trouble-text", text)
}

// Refusal says what a negative response code means.
func (p *Printer) Refusal(code byte) string {
	if id := ID(fmt.Sprintf("refusal.%02X", code)); p.knows(id) {
		return p.Text(id)
	}
	return p.Text(RefusalUnknown, fmt.Sprintf("%02X", code))
}

func (p *Printer) word(group, key string) string {
	if id := ID(group + "." + key); p.knows(id) {
		return p.Text(id)
	}
	return key
}

func (p *Printer) knows(id ID) bool { _, ok := p.known[id]; return ok }
