package elm327

import (
	"strings"

	"github.com/untether-obd/untether/obd/can"
)

// frameOf reads a frame that was printed with its header:
//
//	7E8064100BE3EB811          11 bit: three digits, then pairs
//	18DAF110064100BE3EB811     29 bit: four pairs, then pairs
//
// Which of the two is known from the protocol; a line of the wrong parity has
// lost something. So has one with more than eight bytes.
func frameOf(text string, wide bool) (f can.Frame, ok bool) {
	digits := 3
	if wide {
		digits = 8
	}
	text = strings.ReplaceAll(text, " ", "")
	if len(text) < digits || (len(text)-digits)%2 != 0 || len(text) > digits+2*can.MaxLen {
		return f, false
	}
	id, ok := hexValue(text[:digits])
	if !ok || !wide && id > can.MaxID || id > can.MaxExtendedID {
		return f, false
	}
	f.ID = id
	if wide {
		f.Flags = can.Extended
	}
	for pairs := text[digits:]; len(pairs) > 0; pairs = pairs[2:] {
		b, ok := hexValue(pairs[:2])
		if !ok {
			return can.Frame{}, false
		}
		f.Data[f.Len] = byte(b)
		f.Len++
	}
	return f, true
}

// hexValue reads up to eight hex digits of either case.
func hexValue(s string) (v uint32, ok bool) {
	for i := range len(s) {
		c := s[i]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		default:
			return 0, false
		}
		v = v<<4 | uint32(c)
	}
	return v, true
}

// hexOf writes bytes as the chip takes them.
func hexOf(b []byte) string {
	const digits = "0123456789ABCDEF"
	s := make([]byte, 0, 2*len(b))
	for _, c := range b {
		s = append(s, digits[c>>4], digits[c&0xF])
	}
	return string(s)
}

// content is how many bytes of a frame mean something; the others are padding.
// Flow control and a first frame have their length from themselves.
func content(f *can.Frame, ae int, left int) int {
	if int(f.Len) <= ae {
		return int(f.Len)
	}
	switch pci := f.Data[ae]; pci >> 4 {
	case 0:
		return ae + 1 + int(pci&0xF)
	case 2:
		return ae + 1 + left
	case 3:
		return ae + 3
	}
	return can.MaxLen
}

// torn reports whether a frame has a length that no unit gives it: neither
// padded to eight bytes nor as long as its content. Then bytes are missing,
// and what is left would be taken for another value.
func torn(f *can.Frame, ae int, left int) bool {
	if int(f.Len) == can.MaxLen {
		return false
	}
	return int(f.Len) <= ae || int(f.Len) != content(f, ae, left)
}
