package velm

import (
	"slices"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

// Ledger is what a driver did with a dongle, over all its clients.
type Ledger struct {
	Received int // bytes from the host
	Sent     int // bytes to the host, echoes included

	Commands int            // AT and ST commands
	Requests int            // messages that were asked to be sent
	Named    map[string]int // commands by name, as SH or FCSH
	Headers  int            // changes of the identifier to send on
	Stops    int            // monitoring ended by a character, as it should be

	Silences int           // waits that ended because nothing came any more
	Silence  time.Duration // spent in them
	Working  time.Duration // the chip's own delays

	Frames     []can.Frame // that went out on CAN, flow control included
	Violations []Violation
}

// Violation is something that no driver may do.
type Violation struct {
	Rule Rule
	Text string // the command
	Time time.Time
}

// Rule names a kind of violation.
type Rule string

// The rules.
const (
	RuleEarly     Rule = "a byte before the prompt"
	RulePipelined Rule = "a command pipelined"
	RuleBare      Rule = "a bare carriage return"
	RuleParameter Rule = "a programmable parameter written"
	RuleBrick     Rule = "ATTPA0"
	RuleReset     Rule = "ATZ after joining"
)

// Ledger gives what was done so far.
func (d *Dongle) Ledger() Ledger {
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.ledger
	l.Frames = slices.Clone(l.Frames)
	l.Violations = slices.Clone(l.Violations)
	l.Named = map[string]int{}
	for name, n := range d.ledger.Named {
		l.Named[name] = n
	}
	return l
}

func (d *Dongle) note(change func(*Ledger)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(&d.ledger)
}

func (d *Dongle) violated(r Rule, text string) {
	v := Violation{Rule: r, Text: text, Time: time.Now()}
	d.note(func(l *Ledger) { l.Violations = append(l.Violations, v) })
}

// named counts a command.
func (d *Dongle) named(name string) {
	d.note(func(l *Ledger) {
		if l.Named == nil {
			l.Named = map[string]int{}
		}
		l.Named[name]++
	})
}
