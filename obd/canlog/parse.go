package canlog

import (
	"bytes"

	"github.com/untether-obd/untether/obd/can"
)

// line is what stands in a line of either of candump's forms.
type line struct {
	stamp   stamp
	iface   []byte
	frame   can.Frame
	own     bool
	console bool // as printed, not as logged
}

// Why a line is none.
const (
	reasonForm  = "not the form (SECONDS) INTERFACE FRAME"
	reasonTime  = "no time in parentheses"
	reasonFrame = "not a valid frame"
	reasonMore  = "more than a direction behind the frame"
	reasonRange = "a time out of range"
	reasonDrops = "frames were lost while recording"
)

func parseLine(b []byte) (l line, reason string) {
	if bytes.HasPrefix(b, []byte("DROPCOUNT:")) {
		return l, reasonDrops
	}
	stamped := b[0] == '('
	rest := b
	if stamped {
		text, behind, found := bytes.Cut(b[1:], []byte(")"))
		l.stamp, stamped = parseStamp(text)
		if !found || !stamped {
			return l, reasonTime
		}
		rest = behind
	}
	l.iface, rest = word(rest)
	if len(l.iface) == 0 || len(rest) == 0 {
		return l, reasonForm
	}
	if reason = l.parsePrinted(rest); reason != reasonForm {
		return l, reason
	}
	if !stamped {
		return l, reasonTime
	}
	l.stamp.kind = absolute
	return l, l.parseLogged(rest)
}

// word cuts the first word off, and the blanks before and behind it.
func word(b []byte) (w, rest []byte) {
	b = bytes.TrimLeft(b, " \t")
	end := bytes.IndexAny(b, " \t")
	if end < 0 {
		return b, nil
	}
	return b[:end], bytes.TrimLeft(b[end:], " \t")
}

// parseLogged reads can.Frame's text form and the direction behind it.
func (l *line) parseLogged(b []byte) (reason string) {
	text, direction := word(b)
	switch string(direction) {
	case "T":
		l.own = true
	case "R", "":
	default:
		return reasonMore
	}
	if !parseCompact(&l.frame, text) || l.frame.Validate() != nil {
		return reasonFrame
	}
	return ""
}

// parseCompact reads what can.ParseFrame reads, and behind a frame of eight
// bytes the data length code that newer versions of candump keep: _9 to _F.
func parseCompact(f *can.Frame, b []byte) bool {
	id, body, found := bytes.Cut(b, []byte("#"))
	if !found || !parseID(f, id) {
		return false
	}
	switch {
	case len(body) == 0:
		return true
	case body[0] == '#':
		return parseFD(f, body[1:])
	case body[0] == 'R':
		return parseRemote(f, body[1:])
	}
	body, code, coded := bytes.Cut(body, []byte("_"))
	return parseHex(f, body, can.MaxLen) && (!coded || f.Len == can.MaxLen && isCode(code))
}

func isCode(b []byte) bool { return len(b) == 1 && nibble(b[0]) > can.MaxLen && nibble(b[0]) < noHex }

// parseID reads three digits, or eight, of which bit 29 marks an error frame.
func parseID(f *can.Frame, b []byte) bool {
	if len(b) != 3 && len(b) != 8 {
		return false
	}
	for _, c := range b {
		v := nibble(c)
		if v == noHex {
			return false
		}
		f.ID = f.ID<<4 | uint32(v)
	}
	if len(b) == 8 {
		f.Flags = can.Extended
		if f.ID&errorBit != 0 {
			f.ID, f.Flags = f.ID&^errorBit, can.Error
		}
	}
	return true
}

func parseFD(f *can.Frame, b []byte) bool {
	if len(b) == 0 || nibble(b[0]) == noHex {
		return false
	}
	f.Flags |= can.FD | fdFlags(nibble(b[0]))
	return parseHex(f, b[1:], can.MaxLenFD)
}

func parseRemote(f *can.Frame, b []byte) bool {
	f.Flags |= can.Remote
	digit, code, coded := bytes.Cut(b, []byte("_"))
	if len(digit) == 1 {
		f.Len = nibble(digit[0])
	}
	return len(digit) <= 1 && f.Len <= can.MaxLen && (!coded || f.Len == can.MaxLen && isCode(code))
}

func parseHex(f *can.Frame, b []byte, limit int) bool {
	if len(b)%2 != 0 || len(b)/2 > limit {
		return false
	}
	for i := 0; i < len(b); i += 2 {
		high, low := nibble(b[i]), nibble(b[i+1])
		if high == noHex || low == noHex {
			return false
		}
		f.Data[i/2] = high<<4 | low
	}
	f.Len = uint8(len(b) / 2)
	return true
}

const noHex = 0xFF

func nibble(c byte) uint8 {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	}
	return noHex
}
