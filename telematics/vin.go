package telematics

import (
	"fmt"
	"strings"
)

// VIN is a well-formed vehicle identification number (ISO 3779): 17 characters,
// upper case, no I, O or Q. The zero VIN is none: nothing is known of it.
type VIN string

const (
	vinLength = 17
	vinYears  = "ABCDEFGHJKLMNPRSTVWXY123456789" // position 10 from 1980 and again from 2010
)

// VINError says why a text is no VIN. It does not repeat the text, which may be
// one with a slip.
type VINError struct {
	Problem Problem
}

func (e *VINError) Error() string { return fmt.Sprintf("telematics: not a VIN: %s", e.Problem) }

// ParseVIN reads a VIN. The check digit is not asked for: most of the world
// does without. What is wiped or a dummy is a *VINError.
func ParseVIN(text string) (VIN, error) {
	id := Identify(KindVIN, text)
	if !id.Valid && id.Problem != CheckDigit {
		return "", &VINError{Problem: id.Problem}
	}
	return VIN(id.Value), nil
}

func vinForm(value string) (string, Problem) {
	v := VIN(value)
	switch {
	case strings.Trim(value, "0123456789ABCDEFGHJKLMNPRSTUVWXYZ") != "":
		return value, Characters
	case len(value) != vinLength:
		return value, Length
	case v.hasCheckDigit() && !v.CheckDigitHolds():
		return value, CheckDigit
	}
	return value, ""
}

// WMI is the maker's code, the first three characters.
func (v VIN) WMI() string { return string(v[:min(3, len(v))]) }

// Region is the part of the world that a VIN's maker is registered in.
type Region string

// The regions of ISO 3780.
const (
	Africa       Region = "africa"
	Asia         Region = "asia"
	Europe       Region = "europe"
	NorthAmerica Region = "north-america"
	Oceania      Region = "oceania"
	SouthAmerica Region = "south-america"
)

// Region follows from the first character.
func (v VIN) Region() Region {
	if v == "" {
		return ""
	}
	switch c := v[0]; {
	case c >= 'S':
		return Europe
	case c >= 'J':
		return Asia
	case c >= 'A':
		return Africa
	case c >= '1' && c <= '5':
		return NorthAmerica
	case c == '6' || c == '7':
		return Oceania
	}
	return SouthAmerica
}

// hasCheckDigit: position 9 must be one in North America and in China only.
func (v VIN) hasCheckDigit() bool { return v.Region() == NorthAmerica || v[0] == 'L' }

// CheckDigitHolds reports whether position 9 is the check digit of the others.
// Where none is asked for it holds by chance once in eleven.
func (v VIN) CheckDigitHolds() bool {
	const weights = "8765432X098765432"
	if len(v) != vinLength {
		return false
	}
	sum := 0
	for i := range vinLength {
		sum += transliterate(v[i]) * weight(weights[i])
	}
	return v[8] == "0123456789X"[sum%11]
}

func weight(c byte) int {
	if c == 'X' {
		return 10
	}
	return int(c - '0')
}

// transliterate gives a letter its digit: A-H 1-8, J-R 1-9, S-Z 2-9.
func transliterate(c byte) int {
	switch {
	case c <= '9':
		return int(c - '0')
	case c <= 'H':
		return int(c-'A') + 1
	case c <= 'R':
		return int(c-'J') + 1
	}
	return int(c-'S') + 2
}

// ModelYear gives the model year where the VIN encodes it: the check digit holds
// and the car was made for a market that asks for it (North America, China), or
// encodes is true, because the maker's profile says that position 10 is the
// model year. A 0, U or Z there is none.
//
// The characters of position 10 come again after 30 years. In North America a
// digit in position 7 means 1980 to 2009, a letter 2010 to 2039. Elsewhere that
// rule binds nobody, so only what it can be trusted for is said: a letter in both
// places, 2010 to 2030.
func (v VIN) ModelYear(encodes bool) (year int, ok bool) {
	if !v.CheckDigitHolds() || !encodes && !v.hasCheckDigit() {
		return 0, false
	}
	code, first := strings.IndexByte(vinYears, v[9]), isDigit(v[6])
	switch {
	case code < 0:
		return 0, false
	case v.Region() != NorthAmerica && (first || isDigit(v[9])):
		return 0, false
	case first:
		return 1980 + code, true
	}
	return 2010 + code, true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
