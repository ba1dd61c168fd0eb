package telematics

import (
	"encoding/json"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/dtc"
)

// InspectionSchema is the value of schema in every inspection of this form.
const InspectionSchema = "untether/inspection/v1"

// Inspection is one read-only pass over a car. As JSON it has every top-level
// key, an empty list where there is nothing.
type Inspection struct {
	Schema       string           `json:"schema"` // InspectionSchema; set when written
	Started      time.Time        `json:"started"`
	DurationMS   int64            `json:"duration_ms"`
	Adapter      adapter.Info     `json:"adapter"`
	Vehicle      Vehicle          `json:"vehicle"`
	Profile      MatchedProfile   `json:"profile"`
	Units        []Unit           `json:"units"`
	Identifiers  []ReadIdentifier `json:"identifiers"`
	Signals      []Signal         `json:"signals"`
	Telematics   Telematics       `json:"telematics"`
	Findings     []Finding        `json:"findings"`
	Refusals     []Refusal        `json:"refusals"`
	Coverage     Coverage         `json:"coverage"`
	TroubleCodes []TroubleCode    `json:"trouble_codes"`
	Advice       []string         `json:"advice"` // in the reader's language
}

// Vehicle is the car, as units other than the telematics unit tell it.
type Vehicle struct {
	VIN       string `json:"vin"`                  // empty: could not be read
	VINSource string `json:"vin_source"`           // request's address and bytes: 7DF 09 02
	Make      string `json:"make"`                 // empty: unknown
	ModelYear int    `json:"model_year,omitempty"` // only where the VIN encodes it
}

// MatchedProfile says which profile the car was read with; the zero value is none.
type MatchedProfile struct {
	ID        string    `json:"id,omitempty"`
	Version   int       `json:"version,omitempty"`
	MatchedBy MatchedBy `json:"matched_by,omitempty"`
}

// MatchedBy says what the choice of a profile rests on.
type MatchedBy string

// What a choice can rest on.
const (
	MatchedByWMI         MatchedBy = "wmi"
	MatchedByWMIAndUnit  MatchedBy = "wmi+unit"    // and a unit of the profile answers
	MatchedByFingerprint MatchedBy = "fingerprint" // an answer that only this make gives
	MatchedByUser        MatchedBy = "user"        // named on the command line
	MatchedByNothing     MatchedBy = "generic"     // no maker's profile fits: the generic one
)

// Unit is a control unit that answered or was expected to.
type Unit struct {
	Role          string `json:"role"` // as in a profile: telematics, head-unit, ...
	Name          string `json:"name"`
	Address       string `json:"address"`
	Dialect       string `json:"dialect,omitempty"` // in which it answered: uds, kwp, gmlan, j1979; empty: nothing shows it
	Answered      bool   `json:"answered"`
	DistinctReads int    `json:"distinct_reads"` // different read requests with a positive answer
}

// ReadIdentifier is an identifier and where it was read.
type ReadIdentifier struct {
	Kind       Kind   `json:"kind"`
	Masked     string `json:"masked"`
	Value      string `json:"value,omitempty"` // only when the user asked for it
	Valid      bool   `json:"valid"`
	Unit       string `json:"unit"`
	Request    string `json:"request"` // 22 D05A
	Source     string `json:"source,omitempty"`
	Confidence string `json:"confidence,omitempty"` // as in a profile: standard, official, ...
}

// Signal is a normalised state and where it was read.
type Signal struct {
	Name    SignalName `json:"name"`
	Value   string     `json:"value"`
	Raw     string     `json:"raw,omitempty"` // hex of the bytes that value was made of
	Unit    string     `json:"unit"`
	Request string     `json:"request,omitempty"`
}

// Refusal is a request that a unit said no to. It is a result.
type Refusal struct {
	Unit    string `json:"unit"`
	Request string `json:"request"`
	Code    string `json:"code"` // the negative response code, 33
	Name    string `json:"name"` // under the standard's name
}

// Coverage counts diagnostic requests, not address probes.
// Asked = Answered + Refused + Silent.
type Coverage struct {
	Asked    int `json:"asked"`
	Answered int `json:"answered"`
	Refused  int `json:"refused"`
	Silent   int `json:"silent"`
}

// TroubleCode is a stored fault.
type TroubleCode struct {
	Code   string     `json:"code"`
	Unit   string     `json:"unit"`
	Status dtc.State  `json:"status"`
	System string     `json:"system"` // dtc.System as a word
	Origin dtc.Origin `json:"origin"`
	Text   string     `json:"text"` // empty: no public source explains the code
}

// MarshalJSON writes whole seconds of UTC, and an empty list where there is none.
func (i Inspection) MarshalJSON() ([]byte, error) {
	type plain Inspection
	i.Schema = InspectionSchema
	i.Started = i.Started.UTC().Truncate(time.Second)
	i.Units = list(i.Units)
	i.Identifiers = list(i.Identifiers)
	i.Signals = list(i.Signals)
	i.Telematics.Units = list(i.Telematics.Units)
	i.Findings = list(i.Findings)
	i.Refusals = list(i.Refusals)
	i.TroubleCodes = list(i.TroubleCodes)
	i.Advice = list(i.Advice)
	return json.Marshal(plain(i))
}

func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
