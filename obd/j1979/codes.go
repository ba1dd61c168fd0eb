package j1979

import (
	"encoding/binary"
	"fmt"
)

// Codes is the answer to 03, 07 or 0A; package dtc names the codes.
//
//	43 47 4A  count  count x code (2)
type Codes struct {
	Service byte // as in the request
	Codes   []uint16
}

// AppendBinary appends the message.
func (c Codes) AppendBinary(b []byte) ([]byte, error) {
	if len(c.Codes) > 0xFF {
		return b, &FormatError{Service: c.Service + positive, Field: "trouble codes", Got: fmt.Sprint(len(c.Codes)), Want: "at most 255"}
	}
	b = append(b, c.Service+positive, byte(len(c.Codes)))
	for _, code := range c.Codes {
		b = binary.BigEndian.AppendUint16(b, code)
	}
	return b, nil
}

// ParseCodes reads the answer to 03, 07 or 0A. Its error is a *FormatError.
func ParseCodes(msg []byte) (Codes, error) {
	rest, err := body(msg, StoredCodes, PendingCodes, PermanentCodes)
	if err != nil {
		return Codes{}, err
	}
	if len(rest) == 0 || len(rest) != 1+2*int(rest[0]) {
		return Codes{}, wrongLength(msg[0], "trouble codes", len(rest), "a count and 2 bytes for each")
	}
	c := Codes{Service: msg[0] - positive, Codes: make([]uint16, rest[0])}
	for i := range c.Codes {
		c.Codes[i] = binary.BigEndian.Uint16(rest[1+2*i:])
	}
	return c, nil
}
