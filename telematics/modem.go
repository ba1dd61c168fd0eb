package telematics

import "strings"

// The forms of 3GPP TS 23.003, ITU-T E.118, E.164 and E.212, GSMA SGP.02 and
// SGP.29.

const (
	imeiDigits   = 15 // TAC 8, serial 6, check digit
	imeisvDigits = 16 // TAC 8, serial 6, software version 2; no check digit
	maxIMSI      = 15
	minIMSI      = 6 // country 3, network 2, subscriber 1
	maxMSISDN    = 15
	eidDigits    = 32
)

// trimFill drops the F nibbles that fill up packed digits.
func trimFill(value string) string { return strings.TrimRight(value, "F") }

func imeiForm(value string) (string, Problem) {
	v := trimFill(value)
	switch {
	case !digits(v):
		return value, Characters
	case len(v) == imeiDigits-1:
		return v + luhnDigit(v), SpareDigit
	case len(v) != imeiDigits:
		return v, Length
	case luhn(v):
		return v, ""
	case v[imeiDigits-1] == '0':
		return v[:imeiDigits-1] + luhnDigit(v[:imeiDigits-1]), SpareDigit
	}
	return v, CheckDigit
}

func imeisvForm(value string) (string, Problem) {
	v := trimFill(value)
	switch {
	case !digits(v):
		return value, Characters
	case len(v) != imeisvDigits:
		return v, Length
	}
	return v, ""
}

func iccidForm(value string) (string, Problem) {
	v := trimFill(value)
	chinese := strings.HasPrefix(v, "8986")
	switch {
	case !digits(v) && (!chinese || strings.Trim(v, "0123456789ABCDEF") != ""):
		return value, Characters
	case len(v) != 19 && len(v) != 20:
		return v, Length
	case !strings.HasPrefix(v, "89"):
		return v, Prefix
	case !digits(v):
		return v, IssuerLetters
	case luhn(v):
		return v, ""
	case len(v) == 20 && luhn(v[:19]):
		return v[:19], ""
	case chinese:
		return v, IssuerCheckDigit
	}
	return v, CheckDigit
}

func imsiForm(value string) (string, Problem) {
	v := trimFill(value)
	switch {
	case !digits(v):
		return value, Characters
	case len(v) < minIMSI || len(v) > maxIMSI:
		return v, Length
	case (v[0] < '2' || v[0] > '7') && v[:3] != "901":
		return v, Country
	}
	return v, ""
}

func msisdnForm(value string) (string, Problem) {
	v := strings.TrimPrefix(trimFill(value), "+")
	switch {
	case !digits(v):
		return value, Characters
	case len(v) > maxMSISDN:
		return v, Length
	case v[0] == '0':
		return v, Country
	}
	return v, ""
}

// eidForm does not ask for a leading 89: those of SGP.29 need not have it.
func eidForm(value string) (string, Problem) {
	switch {
	case !digits(value):
		return value, Characters
	case len(value) != eidDigits:
		return value, Length
	case mod97(value) != 1:
		return value, CheckDigit
	}
	return value, ""
}
