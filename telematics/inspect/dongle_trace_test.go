package inspect_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/untether-obd/untether/obd/adapter/serialport"
)

// trace is a serial line that writes down what goes over it. One goroutine at
// a time has the line, as with any dongle.
type trace struct {
	serialport.Port
	commands []command
}

// command is what went out up to a carriage return, or the character that ends
// monitoring, which then has no prompt of its own.
type command struct {
	text       string
	sent, over time.Time // handed over; its prompt read
}

func (t *trace) Write(ctx context.Context, p []byte) error {
	t.commands = append(t.commands, command{text: strings.TrimSuffix(string(p), "\r"), sent: time.Now()})
	return t.Port.Write(ctx, p)
}

func (t *trace) Read(ctx context.Context, p []byte) (int, error) {
	n, err := t.Port.Read(ctx, p)
	if last := len(t.commands) - 1; last >= 0 && bytes.IndexByte(p[:n], '>') >= 0 {
		t.commands[last].over = time.Now()
	}
	return n, err
}

// spent is where the time of a trace went.
type spent struct{ requests, listening, settings, idle time.Duration }

func spentOn(commands []command) (s spent) {
	for i := range commands {
		c := &commands[i]
		next := c.over
		if i+1 < len(commands) {
			next = commands[i+1].sent
		}
		took := c.over.Sub(c.sent)
		switch {
		case c.over.IsZero():
			s.listening += next.Sub(c.sent)
			continue
		case c.request():
			s.requests += took
		case c.sets():
			s.settings += took
		default:
			s.listening += took
		}
		s.idle += next.Sub(c.over)
	}
	return s
}

// begins reports whether a command has one of some names.
func (c *command) begins(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(c.text, name) })
}

// request reports whether a command is to the car, rather than to the chip.
func (c *command) request() bool {
	return c.begins("STPX") || c.text != " " && !c.begins("AT", "ST")
}

// sets reports whether a command is a setting: no question and no monitoring.
func (c *command) sets() bool { return !c.request() && !c.begins(" ", "ATRV", "ATMA", "STM") }

// turns is how often somebody else is asked than before, and the settings from
// the last request to the one to the first to the other.
type turns struct {
	plain, settings, most int // from one unit to another
	more, settingsMore    int // with another protocol or format too, or to or from a group
	stray                 int // settings between two requests to the same unit
	timers                int // ATST: how long is waited does not depend on who is asked
}

// countTurns goes by what the requests themselves show: the identifiers that
// they go out on and that answers come on, and the byte in front that an address
// of 6F1 and 750 has.
func countTurns(commands []command) (n turns) {
	at := destination{}
	before, since, plain := "", 0, false
	for i := range commands {
		c := &commands[i]
		switch {
		case c.begins("ATST"):
			n.timers++
		case c.request():
			to := at.of(c)
			n.add(to != before, plain && !group(to) && !group(before), since)
			before, since, plain = to, 0, true
		case c.sets():
			since++
			at.note(c)
			plain = plain && !c.begins("ATTP", "ATSP", "STP3", "STP5", "ATCAF", "ATCFC")
		}
	}
	return n
}

func (n *turns) add(turned, plain bool, settings int) {
	switch {
	case !plain:
		n.settingsMore += settings
		if turned {
			n.more++
		}
	case turned:
		n.plain++
		n.settings += settings
		n.most = max(n.most, settings)
	default:
		n.stray += settings
	}
}

// group reports whether a request is to all emission units.
func group(to string) bool { return strings.HasPrefix(to, "7DF ") || strings.HasPrefix(to, "DB33F1 ") }

// destination is what the chip was told of whom to ask and whom to hear.
type destination map[string]string

func (d destination) note(c *command) {
	switch {
	case c.begins("ATCFC"):
	case c.begins("ATSH"), c.begins("ATCP"), c.begins("ATCF"), c.begins("ATCM"):
		d[c.text[:4]] = c.text[4:]
	case c.begins("ATCRA"):
		d["ATCF"], d["ATCM"] = c.text[5:], ""
	}
}

func (d destination) of(c *command) string {
	to, front := d["ATSH"], ""
	if header, ok := strings.CutPrefix(c.text, "STPX H:"); ok {
		to, _, _ = strings.Cut(header, ",")
	} else if to == "6F1" || to == "750" {
		front = c.text[:2]
	}
	return strings.Join([]string{to, d["ATCP"], front, d["ATCF"], d["ATCM"]}, " ")
}
