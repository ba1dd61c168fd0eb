package slcan

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/untether-obd/untether/obd/can"
)

// word is one thing that the dongle says.
type word struct {
	kind  kind
	frame can.Frame // kindFrame
	stamp int       // of it, in ms, or noStamp
	flags byte      // kindStatus
	text  string    // kindVersion, kindText: what is printable of it
	foul  bool      // and there was more
}

type kind uint8

const (
	kindDone    kind = 1 << iota // CR
	kindTaken                    // z, Z: a frame was taken
	kindRefused                  // BEL
	kindFrame                    // somebody sent a frame
	kindStatus                   // Fxx
	kindVersion                  // Vxxxx
	kindText                     // anything else that has a meaning to people
	kindTorn                     // a piece of a line
)

const (
	cr  = '\r'
	bel = '\a'
)

// maxLine is more than any line: B, 8 digits, a length, 64 bytes and a time.
const maxLine = 256

// lines cuts what the dongle says into words, however it comes in pieces.
type lines struct {
	line []byte
	long bool // the line is too long to be one
}

// feed takes what came and gives each word that is complete.
func (l *lines) feed(came []byte, give func(*word)) {
	for _, c := range came {
		switch {
		case c == cr:
			l.end(give)
		case c == bel:
			if len(l.line) > 0 || l.long {
				give(&word{kind: kindTorn})
			}
			l.reset()
			give(&word{kind: kindRefused})
		case c == '\n' || c == 0:
			// some send LF too, and NULs while they start
		case len(l.line) == maxLine:
			l.long = true
		default:
			l.line = append(l.line, c)
		}
	}
}

func (l *lines) reset() { l.line, l.long = l.line[:0], false }

func (l *lines) end(give func(*word)) {
	defer l.reset()
	if l.long {
		give(&word{kind: kindTorn})
		return
	}
	if w, ok := whole(l.line); ok {
		give(&w)
		return
	}
	if !bytes.ContainsFunc(l.line, foreign) {
		unglue(l.line, give)
		return
	}
	text, foul := printable(l.line)
	give(&word{kind: kindText, text: text, foul: foul})
}

// whole reads a line that is one word.
func whole(line []byte) (word, bool) {
	if f, stamp, ok := parseFrame(line); ok {
		return word{kind: kindFrame, frame: f, stamp: stamp}, true
	}
	switch {
	case len(line) == 0:
		return word{kind: kindDone}, true
	case len(line) == 1 && (line[0] == 'z' || line[0] == 'Z'):
		return word{kind: kindTaken}, true
	case len(line) == 3 && line[0] == 'F':
		v, ok := hex(line[1:])
		return word{kind: kindStatus, flags: byte(v)}, ok
	case len(line) == 5 && line[0] == 'V':
		_, ok := hex(line[1:])
		return word{kind: kindVersion, text: string(line)}, ok
	case len(line) == 5 && line[0] == 'N':
		text, foul := printable(line)
		return word{kind: kindText, text: text, foul: foul}, true
	}
	return word{}, false
}

// foreign reports whether lines of frames and acknowledges have no such byte.
func foreign(r rune) bool { return !strings.ContainsRune("0123456789ABCDEFabcdeftTrRzZ", r) }

// unglue reads a line that lost a CR: what begins with a letter that is no
// digit is a word by itself, if it is whole.
func unglue(line []byte, give func(*word)) {
	for len(line) > 0 {
		n := 1 + bytes.IndexAny(line[1:], "tTrRzZ")
		if n == 0 {
			n = len(line)
		}
		piece(line[:n], give)
		line = line[n:]
	}
}

// statusWidth is that of Fxx.
const statusWidth = 3

// piece reads a part of a line. F is a digit too, but no frame ends with three
// digits too many.
func piece(text []byte, give func(*word)) {
	if w, ok := whole(text); ok {
		give(&w)
		return
	}
	if n := len(text) - statusWidth; n > 0 {
		f, ok := whole(text[:n])
		status, also := whole(text[n:])
		if ok && also && status.kind == kindStatus {
			give(&f)
			give(&status)
			return
		}
	}
	give(&word{kind: kindTorn})
}

// maxText bounds what is repeated of the dongle's words.
const maxText = 80

// printable makes the dongle's words fit to be shown. foul: some were none.
func printable(line []byte) (text string, foul bool) {
	text = strings.Map(func(r rune) rune {
		if r == '\uFFFD' || !strconv.IsPrint(r) {
			foul = foul || r != '\t'
			return -1
		}
		return r
	}, string(line))
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "")
	}
	return strings.TrimSpace(text), foul
}
