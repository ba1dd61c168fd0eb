package canlog

import (
	"bytes"

	"github.com/untether-obd/untether/obd/can"
)

// console knows what the lines of a console mean to each other.
type console struct{ explaining bool }

// explains reports whether a line is one of those in which candump -e says
// what the error frame above means: they begin with a tab.
func (c *console) explains(line []byte) bool {
	c.explaining = c.explaining && len(line) > 0 && line[0] == '\t'
	return c.explaining
}

func (c *console) seen(l *line) { c.explaining = l.console && l.frame.Is(can.Error) }

// parsePrinted reads what candump prints behind an interface's name:
//
//	7E8   [8]  02 41 0D 11 22 33 44 55   '.A.."3DU'
//	RX B -  123  [12]  00 11 22 33 44 55 66 77 88 99 AA BB
//	18DAF110   {8}  remote request
//	20000080   [8]  00 00 00 00 00 00 00 00   ERRORFRAME
//
// What does not look like one of them at all is reasonForm.
func (l *line) parsePrinted(b []byte) (reason string) {
	own, bits, rest, ok := parseColumns(b)
	id, rest := word(rest)
	f := can.Frame{}
	if !ok || !parseID(&f, id) {
		return reasonForm
	}
	size, payload := word(rest)
	if len(size) < 3 || size[0] != '[' && size[0] != '{' {
		return reasonForm
	}
	l.console, l.own = true, own
	if !parseSize(&f, size, bits) || !parsePayload(&f, payload) || f.Validate() != nil {
		return reasonFrame
	}
	l.frame = f
	return ""
}

// parseColumns reads TX or RX and the two columns behind it, B or -, E or -.
// Without them there is nothing to read.
func parseColumns(b []byte) (own bool, bits uint8, rest []byte, ok bool) {
	direction, columns := word(b)
	own = string(direction) == "TX"
	if !own && string(direction) != "RX" {
		return false, 0, b, true
	}
	brs, rest := word(columns)
	esi, rest := word(rest)
	fast, ok := parseColumn(brs, "B", brsBit)
	passive, also := parseColumn(esi, "E", esiBit)
	return own, fast | passive, rest, ok && also
}

func parseColumn(b []byte, set string, bit uint8) (uint8, bool) {
	if string(b) == set {
		return bit, true
	}
	return 0, string(b) == "-"
}

// parseSize reads [8], of CAN FD [08], and {E}: a data length code above 8
// means eight bytes.
func parseSize(f *can.Frame, b []byte, bits uint8) bool {
	digits, closing := b[1:len(b)-1], b[len(b)-1]
	f.Flags |= fdFlags(bits)
	switch {
	case b[0] == '{' && closing == '}' && len(digits) == 1:
		f.Len = min(nibble(digits[0]), can.MaxLen)
		return nibble(digits[0]) != noHex
	case b[0] == '[' && closing == ']' && len(digits) == 1:
		f.Len = digits[0] - '0'
		return f.Len <= can.MaxLen
	case b[0] == '[' && closing == ']' && len(digits) == 2:
		f.Flags |= can.FD
		tens, ones := digits[0]-'0', digits[1]-'0'
		f.Len = tens*10 + ones
		return tens <= 9 && ones <= 9
	}
	return false
}

func parsePayload(f *can.Frame, b []byte) bool {
	if string(b) == "remote request" {
		f.Flags |= can.Remote
		return true
	}
	if f.Len > can.MaxLenFD {
		return false
	}
	rest, ok := parseGroups(f, b)
	return ok && parseTail(f, bytes.TrimLeft(rest, " "))
}

// parseGroups reads Len bytes, two hexadecimal or eight binary digits each.
// Separated by ` they stand in reverse.
func parseGroups(f *can.Frame, b []byte) (rest []byte, ok bool) {
	data, width := f.Payload(), groupWidth(b)
	swapped := len(b) > width && b[width] == '`' && len(data) > 1
	for i := range data {
		if len(b) < width {
			return nil, false
		}
		at := i
		if swapped {
			at = len(data) - 1 - i
		}
		if data[at], ok = parseGroup(b[:width]); !ok {
			return nil, false
		}
		b = b[width:]
		if i == len(data)-1 {
			break
		}
		if len(b) == 0 || swapped != (b[0] == '`') || !swapped && b[0] != ' ' {
			return nil, false
		}
		b = b[1:]
	}
	return b, len(data) == 0 || len(b) == 0 || b[0] == ' '
}

func groupWidth(b []byte) int {
	if len(b) >= 8 && len(bytes.Trim(b[:8], "01")) == 0 {
		return 8
	}
	return 2
}

func parseGroup(b []byte) (v byte, ok bool) {
	shift := 4
	if len(b) == 8 {
		shift = 1
	}
	for _, c := range b {
		n := nibble(c)
		if n>>shift != 0 {
			return 0, false
		}
		v = v<<shift | n
	}
	return v, true
}

// parseTail reads what may stand behind the bytes: ERRORFRAME, or the bytes
// in ASCII between ' or `.
func parseTail(f *can.Frame, b []byte) bool {
	if f.Is(can.Error) {
		return string(b) == "ERRORFRAME"
	}
	if len(b) == 0 {
		return true
	}
	last := b[len(b)-1]
	return len(b) == int(f.Len)+2 && b[0] == last && (last == '\'' || last == '`')
}
