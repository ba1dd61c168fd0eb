package tunnel

import (
	"fmt"
	"strconv"
	"strings"
	"time"

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

// appendTo writes the line with its end.
func (l *line) appendTo(b []byte) []byte {
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

// words takes a line apart, word by word.
type words struct {
	rest string
	more bool // there is another word
	bad  string
}

func (w *words) next() string {
	if !w.more {
		w.fault("a word is missing")
		return ""
	}
	var word string
	word, w.rest, w.more = strings.Cut(w.rest, " ")
	return word
}

// fault keeps the first reason.
func (w *words) fault(reason string) {
	if w.bad == "" {
		w.bad = reason
	}
}

// parseLine reads a line without its end. Its error is a *ProtocolError.
func parseLine(s string) (line, error) {
	w := &words{rest: s, more: true}
	var l line
	if strings.HasPrefix(s, string(frame)) {
		l = w.frame()
	} else {
		l = w.line()
	}
	if w.more {
		w.fault("more words than belong there")
	}
	if w.bad != "" {
		return line{}, &ProtocolError{Got: head(s), Reason: w.bad}
	}
	return l, nil
}

func (w *words) line() line {
	l := line{verb: verb(w.next())}
	if l.verb == sending {
		l.n, l.rx.Frame = w.number(), w.canFrame()
		return l
	}
	has, known := forms[l.verb]
	if !known {
		w.fault("unknown word")
		return l
	}
	if has.name {
		l.bus = w.name()
	}
	if has.number {
		l.n = w.number()
	}
	if has.flag && w.more {
		l.flag = w.flag(flags[l.verb])
	}
	if has.why {
		l.why = w.why()
	}
	if has.text && w.more {
		l.text, w.rest, w.more = clean(w.rest), "", false
	}
	return l
}

func (w *words) frame() line {
	l := line{verb: frame}
	l.rx.Time = w.time()
	l.bus = w.name()
	l.rx.Frame = w.canFrame()
	if w.more {
		l.rx.Own = w.flag("T")
	}
	return l
}

func (w *words) name() string {
	name := w.next()
	if name == "" || len(name) > maxName || clean(name) != name {
		w.fault("a bus needs a name of 1 to 16 bytes")
	}
	return name
}

func (w *words) number() uint64 {
	n, err := strconv.ParseUint(w.next(), 10, 63)
	if err != nil {
		w.fault("no number")
	}
	return n
}

func (w *words) flag(want string) bool {
	if w.next() != want {
		w.fault("unknown word at the end")
	}
	return true
}

func (w *words) why() why {
	y := why(w.next())
	if !y.known() {
		w.fault("unknown reason")
	}
	return y
}

func (w *words) canFrame() can.Frame {
	f, err := can.ParseFrame(w.next())
	if err != nil {
		w.fault("no valid frame")
	}
	return f
}

// time reads (SECONDS.NANOSECONDS).
func (w *words) time() time.Time {
	s, closed := strings.CutSuffix(strings.TrimPrefix(w.next(), "("), ")")
	whole, fraction, _ := strings.Cut(s, ".")
	seconds, err := strconv.ParseUint(whole, 10, 40)
	nanos, bad := strconv.ParseUint(fraction, 10, 32)
	if err != nil || bad != nil || !closed || len(fraction) != 9 {
		w.fault("no time in parentheses")
	}
	return time.Unix(int64(seconds), int64(nanos)).UTC()
}

// head is what an error shows of a line: never a payload, which stands behind
// the #.
func head(s string) string {
	s, _, _ = strings.Cut(s, "#")
	return clean(s[:min(len(s), 40)])
}
