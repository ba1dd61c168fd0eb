package transport

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/untether-obd/untether/obd/can"
)

// Address names one unit, or the group that a functional request reaches, on
// one CAN network. It is comparable; its text form is what profiles, scenarios
// and reports hold:
//
//	754/75C              normal, 11-bit: request identifier / response identifier
//	18DAC6F1/18DAF1C6    normal fixed, 29-bit
//	6F1:61/661:F1        extended or mixed: the byte after the colon is the first of every frame
//	7DF/7E8-7EF          functional: one request, any response in the range
//	18DB33F1/18DAF1xx    functional, 29-bit
//	6F1:DF/600-6FF:F1    functional, extended
//	754/75C@fd           the same over CAN FD
//
// Extended addressing (N_TA in the first byte) and mixed addressing (N_AE
// there) look the same on the wire, so they share one form.
type Address struct {
	TX, RX   uint32 // request and response identifier; RX is the first of the range if Functional
	RXLast   uint32 // last response identifier; equals RX if physical
	Extended bool   // 29-bit identifiers
	HasAE    bool   // the first byte of each frame is an address byte
	TXAE     byte   // address byte of requests
	RXAE     byte   // address byte of responses
	FD       bool
}

// Functional reports whether more than one unit may answer.
func (a Address) Functional() bool { return a.RX != a.RXLast }

// IsZero reports whether a is no address at all.
func (a Address) IsZero() bool { return a == Address{} }

// Accepts reports whether a frame with this identifier can be a response.
func (a Address) Accepts(id uint32) bool { return id >= a.RX && id <= a.RXLast }

// Responder gives the physical address of the unit that answered a functional
// request with the identifier rx, so that flow control reaches it and no other.
//
//	7E8-7EF   request identifier is rx - 8                 ISO 15765-4
//	18DAF1xx  target and source bytes change places        ISO 15765-2 normal fixed
//	600-6FF:F1  the address byte is the identifier's last byte   (BMW)
func (a Address) Responder(rx uint32) (Address, bool) {
	if !a.Functional() || !a.Accepts(rx) {
		return Address{}, false
	}
	p := Address{RX: rx, RXLast: rx, Extended: a.Extended, HasAE: a.HasAE, RXAE: a.RXAE, FD: a.FD}
	switch {
	case a.HasAE:
		p.TX, p.TXAE = a.TX, byte(rx)
	case a.Extended:
		p.TX = rx&0x1FFF0000 | rx&0xFF<<8 | rx>>8&0xFF
	default:
		p.TX = rx - 8
	}
	return p, true
}

// String writes the text form that ParseAddress reads.
func (a Address) String() string {
	var b strings.Builder
	b.WriteString(can.FormatID(a.TX, a.Extended))
	if a.HasAE {
		fmt.Fprintf(&b, ":%02X", a.TXAE)
	}
	b.WriteByte('/')
	b.WriteString(a.responses())
	if a.HasAE {
		fmt.Fprintf(&b, ":%02X", a.RXAE)
	}
	if a.FD {
		b.WriteString("@fd")
	}
	return b.String()
}

func (a Address) responses() string {
	first := can.FormatID(a.RX, a.Extended)
	switch {
	case !a.Functional():
		return first
	case a.Extended && a.RX&0xFF == 0 && a.RXLast == a.RX|0xFF:
		return first[:6] + "xx"
	}
	return first + "-" + can.FormatID(a.RXLast, a.Extended)
}

// ParseAddress reads the text form. Hex digits may be of either case.
func ParseAddress(s string) (Address, error) {
	a, err := parseAddress(s)
	if err != nil {
		return Address{}, fmt.Errorf("transport: address %q: %w", s, err)
	}
	return a, nil
}

// MustAddress is ParseAddress for addresses written in code.
func MustAddress(s string) Address {
	a, err := ParseAddress(s)
	if err != nil {
		panic(err)
	}
	return a
}

func parseAddress(s string) (a Address, err error) {
	s, a.FD = strings.CutSuffix(s, "@fd")
	request, response, found := strings.Cut(s, "/")
	if !found {
		return a, fmt.Errorf("no / between request and response")
	}
	var wide bool
	if a.TX, a.TXAE, a.HasAE, a.Extended, err = parseSide(request); err != nil {
		return a, err
	}
	response, ae, hasAE := strings.Cut(response, ":")
	if hasAE != a.HasAE {
		return a, fmt.Errorf("an address byte on one side only")
	}
	if hasAE {
		if a.RXAE, err = parseByte(ae); err != nil {
			return a, err
		}
	}
	if a.RX, a.RXLast, wide, err = parseRange(response); err != nil {
		return a, err
	}
	return a, a.check(wide)
}

func (a Address) check(wide bool) error {
	switch {
	case wide != a.Extended:
		return fmt.Errorf("11-bit and 29-bit identifiers mixed")
	case a.RXLast < a.RX:
		return fmt.Errorf("response range runs backwards")
	case a.Accepts(a.TX) && (!a.HasAE || !a.Functional()): // there the address byte tells them apart
		return fmt.Errorf("request identifier is among the responses")
	}
	return nil
}

func parseSide(s string) (id uint32, ae byte, hasAE, wide bool, err error) {
	text, aeText, hasAE := strings.Cut(s, ":")
	if hasAE {
		if ae, err = parseByte(aeText); err != nil {
			return 0, 0, false, false, err
		}
	}
	id, wide, err = parseIdentifier(text)
	return id, ae, hasAE, wide, err
}

func parseRange(s string) (first, last uint32, wide bool, err error) {
	if head, ok := strings.CutSuffix(strings.ToLower(s), "xx"); ok {
		first, wide, err = parseIdentifier(head + "00")
		return first, first | 0xFF, wide, err
	}
	from, to, isRange := strings.Cut(s, "-")
	if first, wide, err = parseIdentifier(from); err != nil || !isRange {
		return first, first, wide, err
	}
	last, lastWide, err := parseIdentifier(to)
	if err == nil && lastWide != wide {
		err = fmt.Errorf("11-bit and 29-bit identifiers mixed")
	}
	return first, last, wide, err
}

func parseIdentifier(s string) (id uint32, wide bool, err error) {
	v, err := strconv.ParseUint(s, 16, 32)
	switch {
	case err != nil || (len(s) != 3 && len(s) != 8):
		return 0, false, fmt.Errorf("identifier %q is not three or eight hex digits", s)
	case len(s) == 3 && v > can.MaxID, v > can.MaxExtendedID:
		return 0, false, fmt.Errorf("identifier %q is out of range", s)
	}
	return uint32(v), len(s) == 8, nil
}

func parseByte(s string) (byte, error) {
	v, err := strconv.ParseUint(s, 16, 8)
	if err != nil || len(s) != 2 {
		return 0, fmt.Errorf("address byte %q is not two hex digits", s)
	}
	return byte(v), nil
}

// MarshalText and UnmarshalText let profiles and reports hold addresses.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (a *Address) UnmarshalText(b []byte) error {
	v, err := ParseAddress(string(b))
	if err == nil {
		*a = v
	}
	return err
}

// Reversed is the physical address as the unit itself sees it: what it sends
// is what we receive.
func (a Address) Reversed() Address {
	a.TX, a.RX = a.RX, a.TX
	a.RXLast = a.RX
	a.TXAE, a.RXAE = a.RXAE, a.TXAE
	return a
}
