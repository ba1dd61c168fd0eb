package doctor

import (
	"strings"
)

// USB is what a USB device says of itself.
type USB struct {
	Vendor  string `json:"vendor"`  // four hex digits, 0403
	Product string `json:"product"` // four hex digits, 6015
	Name    string `json:"name"`    // its own word for itself; may be empty
	Serial  string `json:"serial"`  // may be empty
}

// chip is a USB device that dongles are known to contain. Most are made for
// any purpose, so what hangs on them is a guess.
type chip struct {
	vendor, product string
	name            string
	family          Family
	guess           Guess
}

// chips are ids that their makers and the Linux kernel's drivers publish.
var chips = []chip{
	{"0403", "6001", "FTDI FT232R", ELM327, Possible},
	{"0403", "6015", "FTDI FT-X", ELM327, Likely}, // in the USB cables of STN chips
	{"0403", "FFA8", "LAWICEL CANUSB", SLCAN, Likely},
	{"10C4", "EA60", "Silicon Labs CP210x", ELM327, Possible},
	{"067B", "2303", "Prolific PL2303", ELM327, Possible},
	{"1A86", "7523", "WCH CH340", ELM327, Possible},
	{"16D0", "117E", "CANable", SLCAN, Likely},
	{"AD50", "60C4", "CANtact", SLCAN, Likely},
}

// named are words that dongles call themselves by over USB.
var named = []struct {
	word   string
	family Family
}{
	{"obdlink", ELM327},
	{"scantool", ELM327},
	{"elm327", ELM327},
	{"vlinker", ELM327},
	{"vgate", ELM327},
	{"canable", SLCAN},
	{"cantact", SLCAN},
	{"slcan", SLCAN},
	{"canusb", SLCAN},
}

// guess says what a USB device may be: by its own word, else by its chip.
func (u USB) guess() (family Family, g Guess, name string) {
	family, g = ELM327, Unlikely
	for _, c := range chips {
		if strings.EqualFold(u.Vendor, c.vendor) && strings.EqualFold(u.Product, c.product) {
			family, g, name = c.family, c.guess, c.name
		}
	}
	for _, n := range named {
		if strings.Contains(strings.ToLower(u.Name), n.word) {
			family, g = n.family, Likely
			break
		}
	}
	if u.Name != "" {
		name = u.Name
	}
	return family, g, name
}
