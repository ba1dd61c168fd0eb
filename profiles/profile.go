package profiles

import (
	"time"

	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
)

// Profile is one make's (or one platform's) knowledge. The tags required and
// enum are what the loader asks of a file and the JSON Schema says again.
type Profile struct {
	ID      string   `yaml:"id" required:"true"`      // bmw-atm
	Version int      `yaml:"version" required:"true"` // raised with every change of meaning
	Title   string   `yaml:"title" required:"true"`
	Makes   []string `yaml:"makes"` // display names; the first is used when a WMI does not say which
	Match   Match    `yaml:"match"`
	Units   []Unit   `yaml:"units"`
	Reads   []Read   `yaml:"reads"`                 // asked of every unit that the profile does not list (the generic profile)
	Route   Text     `yaml:"route" required:"true"` // the maker's own way to end access, in one text
	Limits  Text     `yaml:"limits" required:"true"`
	Sources []string `yaml:"sources" required:"true"`
}

// Match says which cars a profile is for.
type Match struct {
	WMI         map[string]string `yaml:"wmi"` // WMI (three characters) -> make
	YearFrom    int               `yaml:"year_from"`
	YearTo      int               `yaml:"year_to"`
	ModelYear   bool              `yaml:"model_year"`  // position 10 of these VINs is the model year where the check digit holds
	Fingerprint []Fingerprint     `yaml:"fingerprint"` // for cars whose VIN cannot be read; all must hold
	Certain     bool              `yaml:"certain"`     // the fingerprint alone names the make
}

// Fingerprint is a request that tells this make's car without a VIN.
type Fingerprint struct {
	Unit     string `yaml:"unit" required:"true"`     // name of one of the profile's units
	Request  Hex    `yaml:"request" required:"true"`  // one of its reads
	Response Hex    `yaml:"response" required:"true"` // the positive answer starts with this
}

// Text is a text for people in the languages the program speaks.
type Text struct {
	EN string `yaml:"en" required:"true"`
	DE string `yaml:"de" required:"true"`
}

// Role is what a unit does in the car.
type Role string

// The roles of product.md.
const (
	Telematics Role = "telematics"
	HeadUnit   Role = "head-unit"
	Gateway    Role = "gateway"
	Body       Role = "body"
	Cluster    Role = "cluster"
	Engine     Role = "engine"
	Other      Role = "other"
)

// Confidence says how well a fact is founded.
type Confidence string

// The confidences, best first.
const (
	Standard Confidence = "standard" // a published standard says so
	Official Confidence = "official" // the maker's own text
	Multiple Confidence = "multiple" // several independent sources agree
	Single   Confidence = "single"   // one source
	Inferred Confidence = "inferred" // from two facts; a read probe only, never a write
)

// Unit is one control unit at one address in one dialect.
type Unit struct {
	Name       string            `yaml:"name" required:"true"`
	Role       Role              `yaml:"role" required:"true" enum:"telematics head-unit gateway body cluster engine other"`
	Network    Network           `yaml:"network" required:"true"`
	Address    transport.Address `yaml:"address" required:"true"`
	Dialect    guard.Dialect     `yaml:"dialect" required:"true"`
	Transport  Transport         `yaml:"transport"`
	Serial     bool              `yaml:"serial"`   // nothing else in flight while this unit is asked
	Sessions   []HexByte         `yaml:"sessions"` // tried in this order where the default session refuses
	Reads      []Read            `yaml:"reads"`
	Private    []Hex             `yaml:"private"` // requests that exist and are not made: personal data
	Secret     []Hex             `yaml:"secret"`  // keys, PINs, passwords
	VIN        Hex               `yaml:"vin"`     // the request that gives the car's VIN, where it is not 22 F190
	Confidence Confidence        `yaml:"confidence" required:"true" enum:"standard official multiple single inferred"`
	Source     string            `yaml:"source" required:"true"`
	Note       string            `yaml:"note"`
}

// Network is one of a car's buses.
type Network struct {
	Pins    string `yaml:"pins" required:"true"` // OBD-II connector pins, "6/14"
	Bitrate int    `yaml:"bitrate" required:"true"`
	FD      bool   `yaml:"fd"`
}

// Transport overrides how a unit is talked to; see transport.Params.
type Transport struct {
	BS    uint8         `yaml:"bs"`
	STmin time.Duration `yaml:"stmin"`
	Pad   string        `yaml:"pad"` // hex byte, or none; empty: the default
}

// Read is one read-only request and what its answer means.
type Read struct {
	Request    Hex        `yaml:"request" required:"true"` // 22 D05A, 21 81, 1A 90
	Name       string     `yaml:"name" required:"true"`
	Length     int        `yaml:"length"` // bytes of data after the echo of the id; 0: not fixed
	Fields     []Field    `yaml:"fields"`
	Confidence Confidence `yaml:"confidence" required:"true" enum:"standard official multiple single inferred"`
	Source     string     `yaml:"source" required:"true"`
}

// Field is one piece of an answer, taken in order from the byte after the id.
type Field struct {
	Name       string            `yaml:"name" required:"true"`
	Type       string            `yaml:"type" enum:"text bcd swapped uint hex skip"`
	Length     int               `yaml:"length"`     // bytes; 0: text up to NUL or the end, else the rest
	Repeat     int               `yaml:"repeat"`     // this group comes so many times; Fields is the group
	Fields     []Field           `yaml:"fields"`     // the group
	Identifier string            `yaml:"identifier"` // kind, see telematics.Kind
	Signal     string            `yaml:"signal"`     // name, see telematics.SignalName
	Values     map[string]string `yaml:"values"`     // hex of the raw bytes -> the signal's value
	Default    string            `yaml:"default"`    // value where Values has none; empty: "unknown"
	Present    string            `yaml:"present"`    // value when the field is neither blank nor 00 nor FF
	Absent     string            `yaml:"absent"`     // value when it is
	Count      bool              `yaml:"count"`      // the signal is how many of the group are present
}
