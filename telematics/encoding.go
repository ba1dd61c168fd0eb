package telematics

import (
	"fmt"
	"strings"
)

// Decoded is the text that raw bytes of an answer hold.
type Decoded struct {
	Text  string // without padding; empty where Blank, hex digits where Hex
	Blank bool   // no byte, or every byte is 00, 20 or FF
	Hex   bool   // not printable: Text shows the raw bytes, two digits each
}

// Text reads ASCII padded with NUL, space or FF on either side.
func Text(raw []byte) Decoded {
	text := string(trimPadding(raw))
	switch {
	case text == "":
		return Decoded{Blank: true}
	case !printable(text):
		return Decoded{Text: fmt.Sprintf("%X", raw), Hex: true}
	}
	return Decoded{Text: text}
}

func blank(raw []byte) bool { return len(trimPadding(raw)) == 0 }

// trimPadding works on bytes: bytes.Trim goes by UTF-8, where FF is none.
func trimPadding(raw []byte) []byte {
	pad := func(b byte) bool { return b == 0 || b == ' ' || b == 0xFF }
	for len(raw) > 0 && pad(raw[0]) {
		raw = raw[1:]
	}
	for len(raw) > 0 && pad(raw[len(raw)-1]) {
		raw = raw[:len(raw)-1]
	}
	return raw
}

// BCD reads packed digits, the high nibble first. F nibbles fill up at the end,
// or one before an odd number of digits. Other letters stay what they are:
// Chinese ICCIDs have some.
func BCD(raw []byte) Decoded {
	if blank(raw) {
		return Decoded{Blank: true}
	}
	text := fmt.Sprintf("%X", raw)
	if odd := text[1:]; text[0] == 'F' && digits(odd) {
		return Decoded{Text: odd}
	}
	return Decoded{Text: trimFill(text)}
}

// Swapped reads packed digits as SIM files hold them: the low nibble first, F
// filling up at the end.
func Swapped(raw []byte) Decoded {
	if blank(raw) {
		return Decoded{Blank: true}
	}
	var text strings.Builder
	for _, b := range raw {
		fmt.Fprintf(&text, "%02X", b<<4|b>>4)
	}
	return Decoded{Text: trimFill(text.String())}
}
