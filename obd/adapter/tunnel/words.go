package tunnel

import (
	"strconv"
	"strings"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

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
