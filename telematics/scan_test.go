package telematics_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/telematics"
)

func scan() telematics.Scan {
	gap := 1.5
	return telematics.Scan{
		Schema:  telematics.ScanSchema,
		Started: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), DurationMS: 2300,
		Adapter: adapter.Info{URI: "sim:bmw-5-2017", Kind: adapter.KindCAN, Description: "a simulated car"},
		Vehicle: telematics.Vehicle{VIN: vinEU, VINSource: "7DF 09 02", Make: "BMW", ModelYear: 2017},
		Sweep:   telematics.Sweep{Full: true, Bitrate: 500_000, Load: 0.15, Share: 0.5, Probes: 1312, Rejected: 1},
		Units: []telematics.FoundUnit{{
			Unit: telematics.Unit{Role: "telematics", Name: "ATM", Address: "6F1:61/661:F1", Dialect: "uds", Answered: true, DistinctReads: 2},
			Form: telematics.FormExtended, Padding: "CC", LatencyMS: 14.2,
			Timing: telematics.Timing{P2: &telematics.Spread{Min: 12, Median: 14.2, Max: 19, Count: 5}, STmin: &gap},
		}},
		Identifiers: []telematics.ReadIdentifier{{Kind: telematics.KindSerial, Masked: "AT21", Valid: true, Unit: "ATM", Request: "22 F18C"}},
		Findings:    []telematics.Finding{{ID: telematics.BusErrors, Severity: telematics.BusErrors.Severity(), Summary: "errors"}},
	}
}

func TestScanAsJSON(t *testing.T) {
	got, err := json.Marshal(scan())
	require.NoError(t, err)
	require.Equal(t, []string{
		"schema", "started", "duration_ms", "adapter", "vehicle", "sweep", "units", "identifiers", "findings",
	}, keys(t, got))
	var back telematics.Scan
	require.NoError(t, json.Unmarshal(got, &back))
	require.Empty(t, cmp.Diff(scan(), back))

	got, err = json.Marshal(telematics.Scan{})
	require.NoError(t, err)
	require.Contains(t, string(got), `"units":[],"identifiers":[],"findings":[]`)
}

func TestScanSchema(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	for _, text := range []string{telematics.InspectionSchemaJSON, telematics.ScanSchemaJSON} {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		require.NoError(t, err)
		require.NoError(t, compiler.AddResource(doc.(map[string]any)["$id"].(string), doc))
	}
	s, err := compiler.Compile("urn:untether:scan:v1")
	require.NoError(t, err)
	valid := func(x telematics.Scan) error {
		text, err := json.Marshal(x)
		require.NoError(t, err)
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
		require.NoError(t, err)
		return s.Validate(value)
	}
	require.NoError(t, valid(scan()))
	for name, spoil := range map[string]func(*telematics.Scan){
		"a form":                 func(x *telematics.Scan) { x.Units[0].Form = "round" },
		"a padding":              func(x *telematics.Scan) { x.Units[0].Padding = "0" },
		"a unit without answer":  func(x *telematics.Scan) { x.Units[0].Answered = false },
		"a share above the bus":  func(x *telematics.Scan) { x.Sweep.Share = 1.1 },
		"time that runs back":    func(x *telematics.Scan) { x.Units[0].LatencyMS = -1 },
		"a spread of nothing":    func(x *telematics.Scan) { x.Units[0].Timing.P2.Count = 0 },
		"a finding nobody knows": func(x *telematics.Scan) { x.Findings[0].ID = "odd" },
		"a role":                 func(x *telematics.Scan) { x.Units[0].Role = "radio" },
	} {
		t.Run(name, func(t *testing.T) {
			x := scan()
			spoil(&x)
			require.Error(t, valid(x))
		})
	}
}
