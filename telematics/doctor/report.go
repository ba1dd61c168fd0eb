package doctor

import (
	_ "embed" // for the schema
	"encoding/json"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/telematics"
)

// ReportSchema is the value of schema in every report of this form.
const ReportSchema = "untether/doctor/v1"

// ReportSchemaJSON is the JSON Schema (draft 2020-12) of a Report.
//
//go:embed report.schema.json
var ReportSchemaJSON string

// Report is how good an adapter is. As JSON it has every top-level key but
// those of what this adapter does not let one measure.
type Report struct {
	Schema     string       `json:"schema"` // ReportSchema; set when written
	Started    time.Time    `json:"started"`
	DurationMS int64        `json:"duration_ms"`
	Adapter    adapter.Info `json:"adapter"`
	Identity   Identity     `json:"identity"`
	Grade      Grade        `json:"grade"`
	Clone      Answer       `json:"clone"` // it is not what it says that it is
	Reasons    []Reason     `json:"reasons"`
	Abilities  []Ability    `json:"abilities"`
	Dialogue   *Dialogue    `json:"dialogue,omitempty"`
	Supply     *Supply      `json:"supply,omitempty"`
	Car        Car          `json:"car"`
	Makes      []Make       `json:"makes"`
	Advice     []string     `json:"advice"`
}

// Identity is what a dongle says of itself. It proves nothing.
type Identity struct {
	Family      string `json:"family"`      // elm327, stn, slcan, can, recording
	Banner      string `json:"banner"`      // ELM327 v1.5
	Description string `json:"description"` // AT@1
	Firmware    string `json:"firmware"`    // STN1110 v4.2.0
	Hardware    string `json:"hardware"`
	Serial      string `json:"serial"`
	Baud        int    `json:"baud"` // bit/s of its serial port; 0: it has none, or hides it
}

// Grade is how much of an inspection an adapter can do.
type Grade string

// The grades, best first.
const (
	Full   Grade = "full"   // all of it, for every make that is known
	Usable Grade = "usable" // all of it, slower or knowing less of what goes wrong
	Poor   Grade = "poor"   // not all: units are out of its reach, or answers get lost
)

// Answer is an honest one.
type Answer string

// The answers.
const (
	Yes     Answer = "yes"
	No      Answer = "no"
	Unknown Answer = "unknown"
)

// Reason is one thing on which the grade rests.
type Reason struct {
	ID      ReasonID `json:"id"`
	Summary string   `json:"summary"`
}

// Ability is something that an adapter may be able to do.
type Ability struct {
	Name    string `json:"name"`
	State   Answer `json:"state"`
	Command string `json:"command"` // with which it was tried; empty: it was not
	Summary string `json:"summary"`
}

// Dialogue is how a dongle itself answers, the car left aside.
type Dialogue struct {
	Asked          int                `json:"asked"`
	Lost           int                `json:"lost"` // without an answer, or with another one than usual
	Latency        *telematics.Spread `json:"latency_ms,omitempty"`
	BytesPerSecond int                `json:"bytes_per_second"` // both ways, waits among them
}

// Supply is the voltage at the connector.
type Supply struct {
	Millivolts int         `json:"millivolts"`
	State      SupplyState `json:"state"`
}

// SupplyState is what a voltage means.
type SupplyState string

// What it can mean.
const (
	SupplyGood SupplyState = "good"
	SupplyLow  SupplyState = "low"  // connect a charger
	SupplyStop SupplyState = "stop" // units no longer answer reliably
	SupplyNone SupplyState = "none" // it is not in a car's socket
)

// Car is what is behind the adapter.
type Car struct {
	State    CarState `json:"state"`
	Bitrate  int      `json:"bitrate"`  // bit/s; 0: not known
	Protocol string   `json:"protocol"` // if it is not CAN
	Woken    bool     `json:"woken"`
	Load     float64  `json:"load"` // share of the bus that others took, 0 to 1
	Errors   int      `json:"errors"`
	Summary  string   `json:"summary"`
}

// CarState is whether a car was met.
type CarState string

// What can be met.
const (
	CarMet      CarState = "met"
	CarAbsent   CarState = "absent"
	CarGarbled  CarState = "garbled" // there is traffic that this adapter cannot read
	CarUnknown  CarState = "unknown" // the adapter failed before
	CarNotAsked CarState = "not-asked"
)

// Make is what an adapter can do for cars of some makes.
type Make struct {
	Makes   []string `json:"makes"`   // empty: every other
	Profile string   `json:"profile"` // empty: addresses are known only
	Reach   Reach    `json:"reach"`
	Units   []Unit   `json:"units"`
}

// Reach is how many of a make's units an adapter can ask.
type Reach string

// How many.
const (
	All    Reach = "all"
	Some   Reach = "some"
	Nobody Reach = "none"
)

// Unit is one that an inspection would ask.
type Unit struct {
	Name    string   `json:"name"`
	Role    string   `json:"role"`
	Address string   `json:"address"`
	Pins    string   `json:"pins"`
	Bitrate int      `json:"bitrate"`
	Can     bool     `json:"can"`
	Why     Obstacle `json:"why"` // empty: there is none
	Summary string   `json:"summary"`
}

// Obstacle is why a unit cannot be asked.
type Obstacle string

// The obstacles.
const (
	OddForm     Obstacle = "form"   // the adapter cannot carry the form of its address
	LongRequest Obstacle = "length" // a request that the profile has is too long; others can be made
	OtherPins   Obstacle = "pins"   // it is at other pins of the socket, which the adapter has not
)

// MarshalJSON writes whole seconds of UTC, and empty lists where there are none.
func (r Report) MarshalJSON() ([]byte, error) {
	type plain Report
	r.Schema = ReportSchema
	r.Started = r.Started.UTC().Truncate(time.Second)
	r.Reasons, r.Abilities = list(r.Reasons), list(r.Abilities)
	r.Makes, r.Advice = list(r.Makes), list(r.Advice)
	return json.Marshal(plain(r))
}

func list[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}
