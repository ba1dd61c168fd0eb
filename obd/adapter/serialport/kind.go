package serialport

import (
	"path/filepath"
	"strings"
)

// Kind is the scheme of adapter that a port may belong to.
type Kind string

// The kinds.
const (
	KindELM327 Kind = "elm327"
	KindSLCAN  Kind = "slcan"
)

// usbKinds are USB chips that are found in dongles. The bridges are found in
// much else too: likely is not certain.
var usbKinds = map[string]Kind{
	"0403:6001": KindELM327, // FTDI FT232R
	"0403:6015": KindELM327, // FTDI FT230X, FT231X
	"067b:2303": KindELM327, // Prolific PL2303
	"10c4:ea60": KindELM327, // Silicon Labs CP210x
	"1a86:7523": KindELM327, // QinHeng CH340
	"16d0:117e": KindSLCAN,  // CANable
	"ad50:60c4": KindSLCAN,  // CANtact, CANable before 2
}

// productKinds are words of dongles that say what they are.
var productKinds = []struct {
	word string
	kind Kind
}{
	{"canable", KindSLCAN},
	{"cantact", KindSLCAN},
	{"slcan", KindSLCAN},
	{"canusb", KindSLCAN},
	{"obd", KindELM327},
	{"elm327", KindELM327},
	{"vlinker", KindELM327},
	{"scantool", KindELM327},
}

func likely(i Info) Kind {
	name := strings.ToLower(i.Product + " " + filepath.Base(i.ByID))
	for _, p := range productKinds {
		if strings.Contains(name, p.word) {
			return p.kind
		}
	}
	if strings.HasPrefix(filepath.Base(i.Path), "rfcomm") {
		return KindELM327
	}
	return usbKinds[i.VID+":"+i.PID]
}
