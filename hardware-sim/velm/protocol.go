package velm

import (
	"fmt"
	"strconv"
)

// family is what a protocol is spoken on.
type family int

const (
	j1850 family = iota
	k9141
	k14230slow
	k14230fast
	onCAN
)

// spec is one protocol of ATSP.
type spec struct {
	number  int // as ATDPN shows it
	text    string
	family  family
	bitrate int
	wide    bool // 29-bit identifiers
	iso     bool // ISO 15765-2 frames
	second  bool // on pins 3 and 11
	varies  bool // frames are as long as their data
}

var specs = []spec{
	{1, "SAE J1850 PWM", j1850, 41600, false, false, false, false},
	{2, "SAE J1850 VPW", j1850, 10400, false, false, false, false},
	{3, "ISO 9141-2", k9141, 10400, false, false, false, false},
	{4, "ISO 14230-4 (KWP 5BAUD)", k14230slow, 10400, false, false, false, false},
	{5, "ISO 14230-4 (KWP FAST)", k14230fast, 10400, false, false, false, false},
	{6, "ISO 15765-4 (CAN 11/500)", onCAN, 500_000, false, true, false, false},
	{7, "ISO 15765-4 (CAN 29/500)", onCAN, 500_000, true, true, false, false},
	{8, "ISO 15765-4 (CAN 11/250)", onCAN, 250_000, false, true, false, false},
	{9, "ISO 15765-4 (CAN 29/250)", onCAN, 250_000, true, true, false, false},
	{0xA, "SAE J1939 (CAN 29/250)", onCAN, 250_000, true, false, false, true},
}

// stSpecs are those of STP.
var stSpecs = []spec{
	{31, "HS CAN (ISO 11898, 11B/500)", onCAN, 500_000, false, false, false, true},
	{32, "HS CAN (ISO 11898, 29B/500)", onCAN, 500_000, true, false, false, true},
	{33, "HS CAN (ISO 15765, 11B/500)", onCAN, 500_000, false, true, false, false},
	{34, "HS CAN (ISO 15765, 29B/500)", onCAN, 500_000, true, true, false, false},
	{35, "HS CAN (ISO 15765, 11B/250)", onCAN, 250_000, false, true, false, false},
	{36, "HS CAN (ISO 15765, 29B/250)", onCAN, 250_000, true, true, false, false},
	{51, "MS CAN (ISO 11898, 11B/125)", onCAN, 125_000, false, false, true, true},
	{52, "MS CAN (ISO 11898, 29B/125)", onCAN, 125_000, true, false, true, true},
	{53, "MS CAN (ISO 15765, 11B/125)", onCAN, 125_000, false, true, true, false},
	{54, "MS CAN (ISO 15765, 29B/125)", onCAN, 125_000, true, true, true, false},
}

// userProtocol is what ATPB says of protocol B. Bits of the options: 7: 11-bit
// identifiers; 6: frames as long as their data; 4: rate times 8/7; 2-0: 1 for
// ISO 15765-4, 2 for J1939.
type userProtocol struct{ options, divisor byte }

var (
	userDefault  = userProtocol{0xE0, 4}    // PP 2C, 2D: 125 kbit/s
	userDefaultC = userProtocol{0x80, 0x0A} // PP 2E, 2F: 50 kbit/s
)

const userRate = 500_000

func (u userProtocol) spec(number int) spec {
	rate := userRate / max(int(u.divisor), 1)
	if u.options&0x10 != 0 {
		rate = rate * 8 / 7
	}
	width := 29
	if u.options&0x80 != 0 {
		width = 11
	}
	return spec{
		number: number, text: fmt.Sprintf("USER%d (CAN %d/%d)", number-0xA, width, rate/1000), family: onCAN,
		bitrate: rate, wide: width == 29, iso: u.options&7 == 1, varies: u.options&0x40 != 0,
	}
}

// protocol is which one is in use.
type protocol struct {
	number int  // 0: none yet
	st     bool // number is one of STP's
	auto   bool // was or has to be searched for
	first  int  // to try first; 0: no preference
}

// spec is the protocol in use; false if none is known yet.
func (c *chip) spec() (spec, bool) {
	p := c.protocol
	switch {
	case p.number == 0:
		return spec{}, false
	case p.st:
		return c.rated(find(stSpecs, p.number)), true
	case p.number == 0xB:
		return c.user.spec(0xB), true
	case p.number == 0xC:
		return userDefaultC.spec(0xC), true
	}
	return c.rated(find(specs, p.number)), true
}

// rated applies STPBR.
func (c *chip) rated(s spec) spec {
	if c.rate > 0 && s.family == onCAN {
		s.bitrate = c.rate
	}
	return s
}

func find(list []spec, number int) spec {
	for _, s := range list {
		if s.number == number {
			return s
		}
	}
	return spec{}
}

// describe is ATDP.
func (c *chip) describe() string {
	s, ok := c.spec()
	switch {
	case !ok:
		return "AUTO"
	case c.protocol.auto:
		return "AUTO, " + s.text
	}
	return s.text
}

// numbered is ATDPN.
func (c *chip) numbered() string {
	text := ""
	if c.protocol.auto {
		text = "A"
	}
	number := c.protocol.number
	if c.protocol.st {
		number = elmNumbers[number]
	}
	return text + fmt.Sprintf("%X", number)
}

// elmNumbers are the protocols of ATSP that are the same as some of STP.
var elmNumbers = map[int]int{33: 6, 34: 7, 35: 8, 36: 9}

// selectProtocol reads the argument of SP and TP.
func selectProtocol(arg string) (protocol, bool) {
	auto := len(arg) == 2 && (arg[0] == 'A' || arg[1] == 'A')
	digits := arg
	if auto {
		digits = string(arg[0]) // h or Ah or hA
		if arg[0] == 'A' {
			digits = arg[1:]
		}
	}
	n, err := strconv.ParseUint(digits, 16, 8)
	switch {
	case err != nil || len(digits) > 2 || n > 0xC || digits == "":
		return protocol{}, false
	case n == 0:
		return protocol{auto: true}, true
	case auto:
		return protocol{auto: true, first: int(n)}, true
	}
	return protocol{number: int(n)}, true
}
