// Package dtc has diagnostic trouble codes as SAE J2012 writes them, their
// status bytes, and texts for the few codes that a public source explains.
// Standard library only.
package dtc

import (
	"fmt"
	"strconv"
	"strings"
)

// Code is a trouble code. It is comparable. The two bytes that J1979 and KWP
// 2000 send hold letter, digits and nothing else; UDS adds the failure type:
//
//	bits 15-14  system: P C B U
//	bits 13-12  first digit, 0-3
//	bits 11-0   three hex digits
//	third byte  failure type (UDS only)
type Code struct {
	number  uint16
	failure byte
	typed   bool // has a failure type, even if that is 00
}

// Two makes a code of the two bytes that J1979 and KWP 2000 send.
func Two(hi, lo byte) Code { return Code{number: uint16(hi)<<8 | uint16(lo)} }

// Three makes a code of the three bytes that UDS sends, failure type last.
func Three(hi, mid, failure byte) Code {
	return Code{number: uint16(hi)<<8 | uint16(mid), failure: failure, typed: true}
}

// System is the letter of a code.
type System byte

// The systems of J2012.
const (
	Powertrain System = 'P'
	Chassis    System = 'C'
	Body       System = 'B'
	Network    System = 'U'
)

const letters = "PCBU"

func (s System) String() string {
	switch s {
	case Powertrain:
		return "powertrain"
	case Chassis:
		return "chassis"
	case Body:
		return "body"
	case Network:
		return "network"
	}
	return fmt.Sprintf("system(%02X)", byte(s))
}

// Origin says who gives a code its meaning.
type Origin string

// The origins of J2012.
const (
	Standard Origin = "standard" // ISO/SAE: the same in every make
	Maker    Origin = "maker"    // differs from make to make
	Reserved Origin = "reserved" // kept by ISO/SAE for later; a maker may use it all the same
)

// System gives the code's system.
func (c Code) System() System { return System(letters[c.number>>14]) }

// Origin follows the first digit, which means different things in different
// systems:
//
//	      0         1      2         3
//	P     standard  maker  standard  30-33 maker, 34-39 standard, else reserved
//	C B   standard  maker  maker     reserved
//	U     standard  maker  maker     standard
func (c Code) Origin() Origin {
	digit, system := c.number>>12&3, c.System()
	switch {
	case digit == 0, digit == 2 && system == Powertrain, digit == 3 && system == Network:
		return Standard
	case digit == 1, digit == 2:
		return Maker
	case system != Powertrain:
		return Reserved
	}
	return originP3(c.number >> 8 & 0xF)
}

func originP3(second uint16) Origin {
	switch {
	case second <= 3:
		return Maker
	case second <= 9:
		return Standard
	}
	return Reserved
}

// FailureType gives the third byte, and false for a code of two bytes.
func (c Code) FailureType() (byte, bool) { return c.failure, c.typed }

// Base is the code without its failure type.
func (c Code) Base() Code { return Code{number: c.number} }

// IsZero reports whether c is P0000, which fills unused places and is no fault.
func (c Code) IsZero() bool { return c.number == 0 && c.failure == 0 }

// Bytes gives the two or three bytes that a unit sends.
func (c Code) Bytes() []byte {
	b := []byte{byte(c.number >> 8), byte(c.number)}
	if c.typed {
		b = append(b, c.failure)
	}
	return b
}

// String writes P0420, or with a failure type U0100-00.
func (c Code) String() string {
	s := fmt.Sprintf("%c%X%03X", letters[c.number>>14], c.number>>12&3, c.number&0xFFF)
	if c.typed {
		s += fmt.Sprintf("-%02X", c.failure)
	}
	return s
}

// ParseError is a text that is no trouble code.
type ParseError struct{ Text string }

func (e *ParseError) Error() string {
	return fmt.Sprintf("dtc: %q is no trouble code such as P0420 or U0100-00", e.Text)
}

// Parse reads what String writes, in either case, and the form that some
// makers print without the hyphen: B15CE00. Its error is a *ParseError.
func Parse(text string) (Code, error) {
	s := strings.ToUpper(text)
	if len(s) == len("U0100-00") && s[5] == '-' {
		s = s[:5] + s[6:]
	}
	if len(s) != 5 && len(s) != 7 {
		return Code{}, &ParseError{Text: text}
	}
	system := strings.IndexByte(letters, s[0])
	digits, err := strconv.ParseUint(s[1:5], 16, 16)
	if system < 0 || err != nil || digits > 0x3FFF {
		return Code{}, &ParseError{Text: text}
	}
	c := Code{number: uint16(system)<<14 | uint16(digits)}
	if len(s) == 7 {
		failure, err := strconv.ParseUint(s[5:], 16, 8)
		if err != nil {
			return Code{}, &ParseError{Text: text}
		}
		c.failure, c.typed = byte(failure), true
	}
	return c, nil
}

// MarshalText writes String.
func (c Code) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what Parse reads.
func (c *Code) UnmarshalText(b []byte) error {
	v, err := Parse(string(b))
	if err == nil {
		*c = v
	}
	return err
}
