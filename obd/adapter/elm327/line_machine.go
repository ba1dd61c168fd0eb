package elm327

import (
	"bytes"
	"strings"
	"time"
)

// maxLine bounds what one line may hold, in bytes: a whole 4095 byte message
// with blanks, and more.
const maxLine = 16 << 10

// lines cuts what a chip prints into lines and prompts. It does no I/O and
// keeps no clock. Nothing is made data by taking something away:
//
//	byte                 in a line of data      elsewhere
//	NULs, at an end      not there              not there
//	NUL, alone, inside   not there              not there
//	NULs, in a row       the line is no data    not there
//	other rubbish        the line is no data    not there
//
// A chip on a serial line may put in a NUL (the ELM327's data sheet says so);
// two in a row may as well be what is left of a byte in hex.
type lines struct {
	echo   string // of the command under way
	car    bool   // the command under way lets the car speak
	echoed bool   // the echo has come

	part  []byte // of the line under way
	long  bool   // more of it came than is kept
	bytes int    // read since begin, NULs apart
	ready []line
}

// begin says which command is answered from now on. What has come before
// stays in front of it.
func (m *lines) begin(command string) {
	m.echo, m.echoed = compact(clean(command)), false
	m.bytes = 0
	m.car = speaks(command)
}

// speaks reports whether a command lets the car speak: a request in hex, or
// one of those that send or listen.
func speaks(command string) bool {
	if command == "" || command == junk {
		return false
	}
	for _, p := range []string{"STPX", "STM", "ATMA", "ATMR", "ATMT", "ATMP", "ATDM1"} {
		if strings.HasPrefix(command, p) {
			return command != "STMFR"
		}
	}
	return !strings.HasPrefix(command, "AT") && !strings.HasPrefix(command, "ST")
}

// feed takes bytes as they come.
func (m *lines) feed(now time.Time, p []byte) {
	for _, b := range p {
		switch b {
		case '\r', '\n':
			m.end(now)
		case '>':
			m.end(now)
			m.ready = append(m.ready, line{kind: kindPrompt, text: ">", at: now})
		default:
			m.keep(b)
		}
	}
}

func (m *lines) keep(b byte) {
	if b != 0 {
		m.bytes++
	}
	if len(m.part) < maxLine {
		m.part = append(m.part, b)
	} else {
		m.long = true
	}
}

// next gives what has come, in its order; false: nothing is whole.
func (m *lines) next() (line, bool) {
	if len(m.ready) == 0 {
		return line{}, false
	}
	l := m.ready[0]
	m.ready = m.ready[1:]
	if len(m.ready) == 0 {
		m.ready = nil
	}
	return l, true
}

// searching reports whether the line under way says that the answer may take.
func (m *lines) searching() bool {
	head := clean(string(m.part[:min(len(m.part), 64)]))
	return strings.HasPrefix(head, "SEARCHING") || strings.HasPrefix(head, "BUS INIT")
}

// end is the end of a line.
func (m *lines) end(now time.Time) {
	part, long := m.part, m.long
	m.part, m.long = m.part[:0], false
	inside, whole := denul(part)
	text := clean(inside)
	text = m.unglue(text)
	rubbish := text != strings.TrimSpace(inside)
	whole = whole && !long && !rubbish
	for text != "" && !m.isEcho(text) {
		var l line
		l, text = classify(text, m.car && whole)
		l.at, l.rubbish = now, rubbish
		m.ready = append(m.ready, l)
	}
}

// isEcho reports whether a line is the command given back. No answer of a car
// looks like the request, with the headers on least of all.
func (m *lines) isEcho(text string) bool {
	if m.echo == "" || compact(text) != m.echo {
		return false
	}
	m.echoed = true
	return true
}

// unglue takes the echo, or the beginning that a chip gave back of it, off the
// answer to a setting.
func (m *lines) unglue(text string) string {
	if m.car {
		return text
	}
	for _, answer := range []string{"OK", "?"} {
		before, glued := strings.CutSuffix(compact(text), answer)
		if glued && strings.HasPrefix(m.echo, before) {
			return answer
		}
	}
	return text
}

// denul takes the NULs away; whole says that no hex digits can have been there.
func denul(p []byte) (text string, whole bool) {
	p = bytes.Trim(p, "\x00 ")
	return string(bytes.ReplaceAll(p, []byte{0}, nil)), !bytes.Contains(p, []byte{0, 0})
}

// clean takes away what is neither printable nor a blank inside.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7F {
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// compact is a text as words are compared: in capitals, without blanks.
func compact(s string) string {
	return strings.ToUpper(strings.ReplaceAll(s, " ", ""))
}
