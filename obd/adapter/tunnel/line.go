package tunnel

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/untether-obd/untether/obd/can"
)

// version is that of the wire form.
const version = 1

// verb says what a line is; it is the line's first word.
type verb string

const (
	greeting verb = "untether-bus"
	busy     verb = "busy"
	opening  verb = "open"
	opened   verb = "opened"
	refused  verb = "refused"
	closing  verb = "close"
	sending  verb = "send"
	sent     verb = "sent"
	failed   verb = "failed"
	frame    verb = "(" // no word: the time of a frame begins so
	dropped  verb = "dropped"
	ended    verb = "ended"
	bye      verb = "bye"
	wrong    verb = "error"
)

// line is one message. Which fields it has depends on its verb.
type line struct {
	verb verb
	bus  string
	n    uint64 // number of a send, frames dropped, bit/s, version
	flag bool   // open: listen only; opened: echoes
	why  why
	text string
	rx   can.Rx
}

// Limits of names and texts; with them every line of ours is far shorter than
// what a reader takes.
const (
	maxName = 16
	maxText = 200
)

// form says what follows a verb. Words that are optional come last.
type form struct{ name, number, flag, why, text bool }

var forms = map[verb]form{
	greeting: {number: true, text: true},
	busy:     {},
	opening:  {name: true, number: true, flag: true},
	opened:   {name: true, flag: true},
	refused:  {name: true, why: true, text: true},
	closing:  {name: true},
	sent:     {number: true},
	failed:   {number: true, why: true, text: true},
	dropped:  {name: true, number: true},
	ended:    {name: true, why: true, text: true},
	bye:      {},
	wrong:    {text: true},
}

var flags = map[verb]string{opening: "listen", opened: "echo"}

// bytes is the line with its end, as it goes out.
func (l *line) bytes() []byte {
	b := make([]byte, 0, 64) // most lines fit
	switch l.verb {
	case frame:
		b = l.appendFrame(b)
	case sending:
		b = fmt.Appendf(b, "%s %d %s", sending, l.n, l.rx.Frame)
	default:
		b = l.appendWords(b)
	}
	return append(b, '\n')
}

func (l *line) appendFrame(b []byte) []byte {
	seconds := max(l.rx.Time.Unix(), 0)
	b = fmt.Appendf(b, "(%d.%09d) %s %s", seconds, l.rx.Time.Nanosecond(), l.bus, l.rx.Frame)
	if l.rx.Own {
		b = append(b, " T"...)
	}
	return b
}

func (l *line) appendWords(b []byte) []byte {
	has := forms[l.verb]
	b = append(b, l.verb...)
	if has.name {
		b = append(append(b, ' '), l.bus...)
	}
	if has.number {
		b = strconv.AppendUint(append(b, ' '), l.n, 10)
	}
	if has.flag && l.flag {
		b = append(append(b, ' '), flags[l.verb]...)
	}
	if has.why {
		b = append(append(b, ' '), l.why...)
	}
	if text := clean(l.text); has.text && text != "" {
		b = append(append(b, ' '), text...)
	}
	return b
}

// clean makes a text fit into a line: printable, and not too long.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == '\uFFFD' || !strconv.IsPrint(r) {
			return -1
		}
		return r
	}, text)
	for len(text) > maxText {
		cut := maxText
		for cut > 0 && text[cut]&0xC0 == 0x80 {
			cut--
		}
		text = text[:cut]
	}
	return strings.TrimSpace(text)
}
