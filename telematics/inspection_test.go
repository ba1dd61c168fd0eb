package telematics_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/dtc"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
)

func sample() telematics.Inspection {
	return telematics.Inspection{
		Schema:     telematics.InspectionSchema,
		Started:    time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC),
		DurationMS: 812,
		Adapter:    adapter.Info{URI: "sim:bmw-5-2017", Kind: adapter.KindCAN, Description: "a simulated car"},
		Vehicle:    telematics.Vehicle{VIN: vinEU, VINSource: "7DF 09 02", Make: "BMW", ModelYear: 2017},
		Profile:    telematics.MatchedProfile{ID: "bmw-atm", Version: 1, MatchedBy: telematics.MatchedByWMIAndUnit},
		Units: []telematics.Unit{
			{Role: "telematics", Name: "ATM", Address: "6F1:61/661:F1", Dialect: "uds", Answered: true, DistinctReads: 18},
		},
		Identifiers: []telematics.ReadIdentifier{{
			Kind: telematics.KindICCID, Masked: telematics.Mask(telematics.KindICCID, iccid), Valid: true,
			Unit: "ATM", Request: "22 D05A", Source: "a table", Confidence: "multiple",
		}},
		Signals: []telematics.Signal{
			{Name: telematics.ConnectedServices, Value: telematics.Active, Raw: "04", Unit: "ATM", Request: "22 D091"},
			{Name: telematics.PairedPhones, Value: "2", Unit: "HU"},
		},
		Telematics: telematics.Telematics{Fitted: "yes", Services: "active", Network: "registered", Units: []string{"ATM"}},
		Findings: []telematics.Finding{{
			ID: telematics.VINSwapped, Severity: telematics.VINSwapped.Severity(), Summary: "another car's", Unit: "ATM",
		}},
		Refusals:     []telematics.Refusal{{Unit: "ATM", Request: "22 D0E1", Code: "33", Name: "securityAccessDenied"}},
		Coverage:     telematics.Coverage{Asked: 24, Answered: 20, Refused: 3, Silent: 1},
		TroubleCodes: []telematics.TroubleCode{{Code: "U0198-00", Unit: "ATM", Status: dtc.Stored, System: dtc.Network.String(), Origin: dtc.Standard}},
		Advice:       []string{"ask the seller"},
	}
}

// empty is what is known where no car answered.
func empty() telematics.Inspection {
	return telematics.Inspection{
		Adapter:    adapter.Info{URI: "replay:x", Kind: adapter.KindRecording},
		Telematics: telematics.Summarise(nil, nil),
	}
}

func TestInspectionAsJSON(t *testing.T) {
	got, err := json.MarshalIndent(sample(), "", "  ")
	require.NoError(t, err)

	require.Equal(t, []string{
		"schema", "started", "duration_ms", "adapter", "vehicle", "profile", "units", "identifiers", "signals",
		"telematics", "findings", "refusals", "coverage", "trouble_codes", "advice",
	}, keys(t, got))
	require.Contains(t, string(got), `"started": "2026-11-23T10:00:00Z"`)

	var back telematics.Inspection
	require.NoError(t, json.Unmarshal(got, &back))
	require.Empty(t, cmp.Diff(sample(), back))
}

// keys lists an object's keys in their order.
func keys(t *testing.T, object []byte) []string {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(object))
	_, err := decoder.Token()
	require.NoError(t, err)
	var out []string
	for decoder.More() {
		key, err := decoder.Token()
		require.NoError(t, err)
		out = append(out, key.(string))
		var skipped json.RawMessage
		require.NoError(t, decoder.Decode(&skipped))
	}
	return out
}

func TestInspectionKeepsEveryKeyWhereThereIsNothing(t *testing.T) {
	i := empty()
	i.Telematics.Units = nil
	i.Started = time.Date(2026, 1, 2, 3, 4, 5, 678, time.FixedZone("", 3600))
	got, err := json.Marshal(i)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(`{"schema":"untether/inspection/v1","started":"2026-01-02T02:04:05Z","duration_ms":0,`+
		`"adapter":{"uri":"replay:x","kind":"recording","description":""},"vehicle":{"vin":"","vin_source":"","make":""},`+
		`"profile":{},"units":[],"identifiers":[],"signals":[],`+
		`"telematics":{"fitted":"unknown","services":"unknown","network":"unknown","units":[]},`+
		`"findings":[],"refusals":[],"coverage":{"asked":0,"answered":0,"refused":0,"silent":0},"trouble_codes":[],"advice":[]}`,
		string(got)))
}

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(telematics.InspectionSchemaJSON))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	require.NoError(t, compiler.AddResource("inspection.json", doc))
	compiled, err := compiler.Compile("inspection.json")
	require.NoError(t, err)
	return compiled
}

func validate(t *testing.T, s *jsonschema.Schema, i telematics.Inspection) error {
	t.Helper()
	text, err := json.Marshal(i)
	require.NoError(t, err)
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	require.NoError(t, err)
	return s.Validate(value)
}

func TestSchemaAcceptsInspections(t *testing.T) {
	s := schema(t)
	require.NoError(t, validate(t, s, sample()))
	require.NoError(t, validate(t, s, empty()))
}

func TestSchemaRefuses(t *testing.T) {
	s := schema(t)
	for name, spoil := range map[string]func(*telematics.Inspection){
		"a kind of adapter":      func(i *telematics.Inspection) { i.Adapter.Kind = "usb" },
		"a role":                 func(i *telematics.Inspection) { i.Units[0].Role = "radio" },
		"a dialect":              func(i *telematics.Inspection) { i.Units[0].Dialect = "latin" },
		"a kind of identifier":   func(i *telematics.Inspection) { i.Identifiers[0].Kind = "name" },
		"a confidence":           func(i *telematics.Inspection) { i.Identifiers[0].Confidence = "sure" },
		"a signal":               func(i *telematics.Inspection) { i.Signals[0].Name = "mood" },
		"a signal's value":       func(i *telematics.Inspection) { i.Signals[0].Value = "on" },
		"a signal's number":      func(i *telematics.Inspection) { i.Signals[1].Value = "two" },
		"a signal's raw bytes":   func(i *telematics.Inspection) { i.Signals[0].Raw = "4" },
		"a request":              func(i *telematics.Inspection) { i.Signals[0].Request = "22D091" },
		"fitted":                 func(i *telematics.Inspection) { i.Telematics.Fitted = "maybe" },
		"services":               func(i *telematics.Inspection) { i.Telematics.Services = "" },
		"network":                func(i *telematics.Inspection) { i.Telematics.Network = "roaming" },
		"a finding":              func(i *telematics.Inspection) { i.Findings[0].ID = "odd" },
		"a severity":             func(i *telematics.Inspection) { i.Findings[0].Severity = "fatal" },
		"a response code":        func(i *telematics.Inspection) { i.Refusals[0].Code = "7f" },
		"a VIN with an O":        func(i *telematics.Inspection) { i.Vehicle.VIN = "WBAO0000000000000" },
		"a model year of no VIN": func(i *telematics.Inspection) { i.Vehicle.ModelYear = 1979 },
		"a way to match":         func(i *telematics.Inspection) { i.Profile.MatchedBy = "luck" },
		"a status":               func(i *telematics.Inspection) { i.TroubleCodes[0].Status = "bad" },
		"a system":               func(i *telematics.Inspection) { i.TroubleCodes[0].System = "P" },
		"an origin":              func(i *telematics.Inspection) { i.TroubleCodes[0].Origin = "nowhere" },
		"a count below nothing":  func(i *telematics.Inspection) { i.Coverage.Silent = -1 },
	} {
		t.Run(name, func(t *testing.T) {
			i := sample()
			spoil(&i)
			require.Error(t, validate(t, s, i))
		})
	}
}

func TestSchemaNamesEveryEnumeration(t *testing.T) {
	var doc struct {
		Defs map[string]struct {
			Enum  []string
			AllOf []struct {
				If, Then struct {
					Properties map[string]struct {
						Const string
						Ref   string `json:"$ref"`
					}
				}
			}
		} `json:"$defs"`
	}
	require.NoError(t, json.Unmarshal([]byte(telematics.InspectionSchemaJSON), &doc))

	for def, want := range map[string][]string{
		"adapterKind":    words(adapter.KindCAN, adapter.KindMessage, adapter.KindRecording),
		"role":           words(profiles.Telematics, profiles.HeadUnit, profiles.Gateway, profiles.Body, profiles.Cluster, profiles.Engine, profiles.Other),
		"dialect":        words(guard.UDS.String(), guard.KWP.String(), guard.GMLAN.String(), guard.J1979.String()),
		"confidence":     words(profiles.Standard, profiles.Official, profiles.Multiple, profiles.Single, profiles.Inferred),
		"identifierKind": words(telematics.Kinds()...),
		"signalName":     words(telematics.SignalNames()...),
		"findingId":      words(telematics.FindingIDs()...),
		"severity":       words(telematics.Info, telematics.Warning, telematics.Serious),
		"matchedBy": words(telematics.MatchedByWMI, telematics.MatchedByWMIAndUnit, telematics.MatchedByFingerprint,
			telematics.MatchedByUser, telematics.MatchedByNothing),
		"troubleStatus": words(dtc.Active, dtc.Confirmed, dtc.Pending, dtc.Stored, dtc.NoFault),
		"troubleSystem": words(dtc.Powertrain.String(), dtc.Chassis.String(), dtc.Body.String(), dtc.Network.String()),
		"troubleOrigin": words(dtc.Standard, dtc.Maker, dtc.Reserved),
		"fitted":        words(telematics.Yes, telematics.No, telematics.Unknown),
		"services":      words(telematics.Active, telematics.Inactive, telematics.Unknown),
		"network":       words(telematics.Registered, telematics.NotRegistered, telematics.Unknown),
	} {
		require.ElementsMatch(t, want, doc.Defs[def].Enum, def)
	}

	told := map[telematics.SignalName]bool{}
	for _, rule := range doc.Defs["signal"].AllOf {
		name := telematics.SignalName(rule.If.Properties["name"].Const)
		def := strings.TrimPrefix(rule.Then.Properties["value"].Ref, "#/$defs/")
		values, ok := telematics.SignalValues(name)
		require.True(t, ok, name)
		require.Contains(t, doc.Defs, def)
		require.ElementsMatch(t, values, doc.Defs[def].Enum, name)
		told[name] = true
	}
	require.Len(t, told, len(telematics.SignalNames()), "every signal's values are in the schema")
}

func words[T ~string](values ...T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

func TestNoConstantIsLeftOutOfItsList(t *testing.T) {
	require.ElementsMatch(t, constants(t, "kind.go", "Kind"), words(telematics.Kinds()...))
	require.ElementsMatch(t, constants(t, "signal.go", "SignalName"), words(telematics.SignalNames()...))
	require.ElementsMatch(t, constants(t, "finding.go", "FindingID"), words(telematics.FindingIDs()...))
}

// constants lists the values of a file's constants of one type.
func constants(t *testing.T, file, typeName string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	require.NoError(t, err)
	var out []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == typeName {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			out = append(out, value)
		}
		return true
	})
	return out
}
