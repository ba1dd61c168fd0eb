package profiles

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// Hex is bytes written as people write requests: "22 D05A", "21 04".
type Hex []byte

// String writes the service apart from the rest: "22 D05A".
func (h Hex) String() string {
	if len(h) < 2 {
		return fmt.Sprintf("%X", []byte(h))
	}
	return fmt.Sprintf("%02X %X", h[0], []byte(h[1:]))
}

// MarshalText writes String.
func (h Hex) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads hex digits; single blanks between bytes are for the
// reader.
func (h *Hex) UnmarshalText(b []byte) error {
	var all Hex
	for part := range strings.SplitSeq(string(b), " ") {
		v, err := hex.DecodeString(part)
		if err != nil || len(v) == 0 {
			return fmt.Errorf("%q is not hex bytes", b)
		}
		all = append(all, v...)
	}
	*h = all
	return nil
}

// HexByte is one byte written as two hex digits: "C0".
type HexByte byte

// MarshalText writes two hex digits.
func (h HexByte) MarshalText() ([]byte, error) { return []byte(fmt.Sprintf("%02X", byte(h))), nil }

// UnmarshalText reads two hex digits.
func (h *HexByte) UnmarshalText(b []byte) error {
	v, err := hex.DecodeString(string(b))
	if err != nil || len(v) != 1 {
		return fmt.Errorf("%q is not two hex digits", b)
	}
	*h = HexByte(v[0])
	return nil
}
