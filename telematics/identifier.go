package telematics

import (
	"fmt"
	"strings"
)

// Problem is a stable name for what is wrong with an identifier, or worth
// knowing of a valid one.
type Problem string

// What makes an identifier invalid.
const (
	Blank      Problem = "blank"       // nothing is stored
	Wiped      Problem = "wiped"       // only 0 or only F is stored, or a dummy VIN
	Length     Problem = "length"      // too short or too long
	Characters Problem = "characters"  // some that this kind cannot have
	CheckDigit Problem = "check-digit" // the check digit does not hold
	Prefix     Problem = "prefix"      // an ICCID that does not start with 89
	Country    Problem = "country"     // a country code that no network or number has
)

// What a valid identifier is remarked for.
const (
	// SpareDigit: an IMEI stored without its check digit, or with 0 in its
	// place. The Value has the computed one.
	SpareDigit Problem = "spare-digit"
	// IssuerLetters and IssuerCheckDigit: a Chinese ICCID with letters, or whose
	// check digit fails. Both are common there and say nothing.
	IssuerLetters    Problem = "issuer-letters"
	IssuerCheckDigit Problem = "issuer-check-digit"
)

func (p Problem) remark() bool {
	return p == SpareDigit || p == IssuerLetters || p == IssuerCheckDigit
}

// Identifier is what a unit says it is known by.
type Identifier struct {
	Kind    Kind
	Value   string // canonical: upper case, digits without spaces, dashes, plus or fill; printable ASCII
	Valid   bool
	Problem Problem // why it is not valid, or a remark on a valid one
}

// Masked is the value as output may show it.
func (i Identifier) Masked() string { return Mask(i.Kind, i.Value) }

// Stored reports whether the unit holds a value at all.
func (i Identifier) Stored() bool { return i.Problem != Blank && i.Problem != Wiped }

// String is fit for a log.
func (i Identifier) String() string {
	s := fmt.Sprintf("%s %q", i.Kind, MaskLog(i.Kind, i.Value))
	if i.Problem != "" {
		s += " (" + string(i.Problem) + ")"
	}
	return s
}

// A form takes a canonical value and gives it back, perhaps completed or cut,
// with its problem.
type form func(value string) (string, Problem)

var forms = map[Kind]form{
	KindVIN:    vinForm,
	KindIMEI:   imeiForm,
	KindIMEISV: imeisvForm,
	KindICCID:  iccidForm,
	KindIMSI:   imsiForm,
	KindMSISDN: msisdnForm,
	KindEID:    eidForm,
}

// Identify judges text as an identifier of a kind. What the kind forbids makes
// an invalid Identifier, never an error: it is a finding about the unit. An IMEI
// of 16 digits comes back as the IMEISV that it is.
func Identify(kind Kind, text string) Identifier {
	value := canonical(kind, text)
	id := Identifier{Kind: kind, Value: value}
	switch {
	case value == "":
		id.Problem = Blank
	case wiped(kind, value):
		id.Problem = Wiped
	default:
		id = judge(kind, value)
	}
	id.Valid = id.Problem == "" || id.Problem.remark()
	return id
}

func judge(kind Kind, value string) Identifier {
	if kind == KindIMEI && len(trimFill(value)) == imeisvDigits {
		kind = KindIMEISV
	}
	id := Identifier{Kind: kind, Value: value}
	if f, ok := forms[kind]; ok {
		id.Value, id.Problem = f(value)
	} else if !printable(value) {
		id.Value, id.Problem = fmt.Sprintf("%X", value), Characters
	}
	return id
}

// canonical leaves hex of what cannot be printed, so that no Value can steer a
// terminal.
func canonical(kind Kind, text string) string {
	text = strings.Trim(text, " \x00")
	switch {
	case forms[kind] == nil:
		return text
	case !printable(text):
		return fmt.Sprintf("%X", text)
	case kind != KindVIN:
		text = strings.NewReplacer(" ", "", "-", "").Replace(text)
	}
	return strings.ToUpper(text)
}

// wiped tells a store that was cleared from one that holds a value. A version
// may well be 00, so hardware and software are left alone.
func wiped(kind Kind, value string) bool {
	switch kind {
	case KindHardware, KindSoftware:
		return false
	case KindVIN:
		return strings.Trim(value, value[:1]) == ""
	}
	return strings.Trim(value, "0") == "" || strings.Trim(strings.ToUpper(value), "F") == ""
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
