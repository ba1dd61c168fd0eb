package telematics

import (
	_ "embed" // for the schema
	"encoding/json"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
)

// ScanSchema is the value of schema in every scan of this form.
const ScanSchema = "untether/scan/v1"

// ScanSchemaJSON is the JSON Schema (draft 2020-12) of a Scan. It refers to
// that of an Inspection for what the two have in common.
//
//go:embed scan.schema.json
var ScanSchemaJSON string

// Scan is one search for a car's units. As JSON it has every top-level key.
type Scan struct {
	Schema      string           `json:"schema"` // ScanSchema; set when written
	Started     time.Time        `json:"started"`
	DurationMS  int64            `json:"duration_ms"`
	Adapter     adapter.Info     `json:"adapter"`
	Vehicle     Vehicle          `json:"vehicle"`
	Sweep       Sweep            `json:"sweep"`
	Units       []FoundUnit      `json:"units"`
	Identifiers []ReadIdentifier `json:"identifiers"`
	Findings    []Finding        `json:"findings"`
}

// Sweep is what was searched, and how gently.
type Sweep struct {
	Full     bool    `json:"full"`     // all diagnostic ranges; else known addresses only
	Bitrate  int     `json:"bitrate"`  // bit/s
	Load     float64 `json:"load"`     // others' share of the bus before the search, 0 to 1
	Share    float64 `json:"share"`    // of what they left that the search used in the end, 0 to 1
	Probes   int     `json:"probes"`   // frames sent to find somebody
	Rejected int     `json:"rejected"` // seeming answers that did not come again when asked for alone
}

// FoundUnit is a unit that a scan found.
type FoundUnit struct {
	Unit
	Form      Form    `json:"form"`
	Padding   string  `json:"padding"`    // byte that filled the frame it answered, CC; none: it was a short one
	LatencyMS float64 `json:"latency_ms"` // of its answer when it was asked alone
	Timing    Timing  `json:"timing"`
}

// Form is how frames are addressed.
type Form string

// The forms.
const (
	FormNormal      Form = "normal"       // two identifiers of 11 bits
	FormNormalFixed Form = "normal-fixed" // two of 29 bits, which hold the addresses
	FormExtended    Form = "extended"     // an address byte begins each frame
)

// Timing is what was measured of a unit, in ms: evidence of how the bus and
// the unit do. Nil: there was nothing to measure it by.
type Timing struct {
	P2     *Spread  `json:"p2,omitempty"`      // from request to the first frame of the answer
	P2Star *Spread  `json:"p2_star,omitempty"` // from 78 to what came next
	STmin  *float64 `json:"stmin,omitempty"`   // mean gap between the frames of a long answer
}

// Spread is how several measurements lie.
type Spread struct {
	Min    float64 `json:"min"`
	Median float64 `json:"median"`
	Max    float64 `json:"max"`
	Count  int     `json:"count"`
}

// MarshalJSON writes whole seconds of UTC, and an empty list where there is none.
func (s Scan) MarshalJSON() ([]byte, error) {
	type plain Scan
	s.Schema = ScanSchema
	s.Started = s.Started.UTC().Truncate(time.Second)
	s.Units = list(s.Units)
	s.Identifiers = list(s.Identifiers)
	s.Findings = list(s.Findings)
	return json.Marshal(plain(s))
}
