package doctor

import (
	_ "embed" // for the schema
	"encoding/json"
)

// AdaptersSchema is the value of schema in every list of this form.
const AdaptersSchema = "untether/adapters/v1"

// AdaptersSchemaJSON is the JSON Schema (draft 2020-12) of Adapters.
//
//go:embed adapters.schema.json
var AdaptersSchemaJSON string

// Adapters is what is plugged in.
type Adapters struct {
	Schema   string  `json:"schema"` // AdaptersSchema; set when written
	Adapters []Found `json:"adapters"`
}

// MarshalJSON writes an empty list where there is none.
func (a Adapters) MarshalJSON() ([]byte, error) {
	type plain Adapters
	a.Schema = AdaptersSchema
	if a.Adapters == nil {
		a.Adapters = []Found{}
	}
	return json.Marshal(plain(a))
}

// Family says in which way an adapter is talked to; it is its URI's scheme.
type Family string

// The families of what can be plugged in.
const (
	ELM327    Family = "elm327"
	SLCAN     Family = "slcan"
	SocketCAN Family = "socketcan"
)

// Guess says how sure the family of something plugged in is.
type Guess string

// The guesses, best first. Nothing is asked of a port to list it, so a serial
// port is never certain.
const (
	Certain  Guess = "certain"  // the system says so
	Likely   Guess = "likely"   // by its name, or a USB chip that such dongles often contain
	Unlikely Guess = "unlikely" // nothing speaks for it but that it is a serial port
)

// State is whether something plugged in could be used right now, as far as can
// be told without opening it.
type State string

// The states.
const (
	Present State = "present" // a serial port; more is known when it is opened
	Up      State = "up"
	Down    State = "down"    // a CAN interface that is switched off
	Listens State = "listens" // a CAN interface that is set to listen only
)

// Found is one thing that may be an adapter.
type Found struct {
	URI     string `json:"uri"` // what to give to --adapter
	Family  Family `json:"family"`
	Guess   Guess  `json:"guess"`
	Device  string `json:"device"` // /dev/ttyUSB0, can0
	Name    string `json:"name"`   // what it is called; may be empty
	USB     *USB   `json:"usb,omitempty"`
	State   State  `json:"state"`
	Bitrate int    `json:"bitrate,omitempty"` // bit/s of a CAN interface; 0: not known
	FD      bool   `json:"fd,omitempty"`      // a CAN interface carries CAN FD
	Virtual bool   `json:"virtual,omitempty"` // a CAN interface without hardware
}

// USB is what a USB device says of itself.
type USB struct {
	Vendor  string `json:"vendor"`  // four hex digits, 0403
	Product string `json:"product"` // four hex digits, 6015
	Serial  string `json:"serial"`  // may be empty
}

// Pluggable reports what somebody has plugged in to be an adapter, rather than
// a port that the computer always has.
func (f Found) Pluggable() bool { return f.Guess != Unlikely && !f.Virtual }
