package inspect_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/hardware-sim/vecu"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
	"github.com/untether-obd/untether/telematics/inspect"
	"github.com/untether-obd/untether/telematics/message"
)

// socket is a simulated car's OBD socket.
type socket struct {
	*car.Car
	name string
}

func (s socket) Info() adapter.Info {
	return adapter.Info{URI: "sim:" + s.name, Kind: adapter.KindCAN, Description: s.name}
}

func (s socket) OpenBus(_ context.Context, c adapter.BusConfig) (can.Bus, error) {
	return s.Connect(c.Bitrate, c.ListenOnly)
}

func load(t *testing.T, name string) *car.Scenario {
	t.Helper()
	s, err := car.Load(name)
	require.NoError(t, err)
	return s
}

func options(t *testing.T) inspect.Options {
	t.Helper()
	set, err := profiles.Embedded()
	require.NoError(t, err)
	return inspect.Options{Profiles: set, Printer: message.For(message.English)}
}

// drive inspects a car in virtual time. Whatever the outcome, the car must
// have been asked nothing that safety forbids, and nothing clumsily.
func drive(t *testing.T, s *car.Scenario, o inspect.Options) (*telematics.Inspection, error) {
	t.Helper()
	return driveWith(t.Context(), t, s, o, func(*car.Car) {})
}

func driveWith(ctx context.Context, t *testing.T, s *car.Scenario, o inspect.Options, meddle func(*car.Car)) (*telematics.Inspection, error) {
	t.Helper()
	c, err := car.Start(s, car.Options{Seed: 1})
	require.NoError(t, err)
	meddle(c)
	at := socket{c, s.ID}
	up, err := bringup.Up(ctx, at)
	require.NoError(t, err)
	got, err := inspect.Car(ctx, up, at.Info(), o)
	time.Sleep(time.Second) // what was sent last has arrived
	require.NoError(t, up.Link.Close())
	require.NoError(t, c.Close())
	requireAllowed(t, c.Journal())
	require.Empty(t, c.Violations())
	return got, err
}

// What may be asked, typed from the safety rules and not from the guard.
var (
	allowedServices = []byte{0x01, 0x03, 0x07, 0x09, 0x0A, 0x10, 0x18, 0x19, 0x20, 0x21, 0x22, 0x3E}
	sessionUnits    = []string{"ATM", "HU", "TCU"}
	sessions        = []byte{0x01, 0x03, 0x81, 0xC0, 0xFA}
	forbidden       = []string{ // position, hotspot, location, dial-up data
		"22D0E1", "22D0E3", "224010", "22D20A", "22D20B", "22D20D", "22A0A6",
		"2110", "2111", "2112", "2113", "2114", "2115", "2116", "2117", "2118",
	}
)

func requireAllowed(t *testing.T, journal []vecu.Entry) {
	t.Helper()
	for _, e := range journal {
		request := cmpHex(e.Data)
		require.Contains(t, allowedServices, e.Data[0], "%s was asked %s", e.Unit, request)
		for _, f := range forbidden {
			require.NotEqual(t, f, request[:min(len(f), len(request))], "%s was asked %s", e.Unit, request)
		}
		switch e.Data[0] {
		case 0x10:
			require.False(t, e.Functional, request)
			require.Contains(t, sessionUnits, e.Unit, request)
			require.Contains(t, sessions, e.Data[1], request)
		case 0x3E:
			require.False(t, e.Functional, request)
		}
	}
}

func cmpHex(b []byte) string {
	const digits = "0123456789ABCDEF"
	var out []byte
	for _, c := range b {
		out = append(out, digits[c>>4], digits[c&0xF])
	}
	return string(out)
}

// TestCars holds the whole inspection of each simulated car.
// UNTETHER_UPDATE=1 writes what is found.
func TestCars(t *testing.T) {
	for _, info := range car.List() {
		t.Run(info.ID, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, err := drive(t, load(t, info.ID), options(t))
				require.NoError(t, err)
				got.DurationMS = 0 // differs with who comes first
				requireGolden(t, info.ID+".json", got)
			})
		})
	}
}

func requireGolden(t *testing.T, name string, got *telematics.Inspection) {
	t.Helper()
	out, err := json.MarshalIndent(got, "", "  ")
	require.NoError(t, err)
	requireSchema(t, out)
	path := filepath.Join("testdata", name)
	if os.Getenv("UNTETHER_UPDATE") == "1" {
		require.NoError(t, os.WriteFile(path, append(out, '\n'), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(string(want), string(out)+"\n"))
}

func requireSchema(t *testing.T, doc []byte) {
	t.Helper()
	schema, err := jsonschema.UnmarshalJSON(strings.NewReader(telematics.InspectionSchemaJSON))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource("inspection.schema.json", schema))
	compiled, err := compiler.Compile("inspection.schema.json")
	require.NoError(t, err)
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
	require.NoError(t, err)
	require.NoError(t, compiled.Validate(value))
}

func identifier(i *telematics.Inspection, unit string, kind telematics.Kind) telematics.ReadIdentifier {
	for _, id := range i.Identifiers {
		if id.Unit == unit && id.Kind == kind {
			return id
		}
	}
	return telematics.ReadIdentifier{}
}

func findings(i *telematics.Inspection) (ids []telematics.FindingID) {
	for _, f := range i.Findings {
		if !slices.Contains(ids, f.ID) {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

// What each car must show, apart from its golden file: these are the claims.
func TestWhatTheCarsShow(t *testing.T) {
	run := func(name string, check func(t *testing.T, i *telematics.Inspection)) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				i, err := drive(t, load(t, name), options(t))
				require.NoError(t, err)
				c := i.Coverage
				require.Equal(t, c.Asked, c.Answered+c.Refused+c.Silent)
				check(t, i)
			})
		})
	}
	run("bmw-5-2017", func(t *testing.T, i *telematics.Inspection) {
		t.Helper()
		for _, kind := range []telematics.Kind{telematics.KindIMEI, telematics.KindICCID, telematics.KindEID, telematics.KindIMSI} {
			id := identifier(i, "ATM", kind)
			require.True(t, id.Valid, kind)
			require.Contains(t, id.Masked, "*****", kind)
			require.Empty(t, id.Value, kind)
		}
		require.Equal(t, i.Vehicle.VIN, identifier(i, "ATM", telematics.KindVIN).Masked)
		require.Equal(t, telematics.Telematics{Fitted: "yes", Services: "active", Network: "registered", Units: []string{"ATM"}}, i.Telematics)
		require.Equal(t, telematics.Vehicle{VIN: i.Vehicle.VIN, VINSource: "7DF 09 02", Make: "BMW", ModelYear: 2017}, i.Vehicle)
		require.Equal(t, telematics.MatchedByWMIAndUnit, i.Profile.MatchedBy)
	})
	run("nissan-leaf-2013", func(t *testing.T, i *telematics.Inspection) {
		t.Helper()
		require.Equal(t, "active", i.Telematics.Services)
		require.Contains(t, i.Signals, telematics.Signal{Name: telematics.ConnectedServices, Value: "active", Raw: "01", Unit: "TCU", Request: "21 04"})
		require.Empty(t, i.Vehicle.VIN)
		require.Equal(t, telematics.MatchedByFingerprint, i.Profile.MatchedBy)
	})
	run("land-rover-discovery-2016", func(t *testing.T, i *telematics.Inspection) {
		t.Helper()
		require.Equal(t, telematics.Telematics{Fitted: "yes", Services: "unknown", Network: "unknown", Units: []string{"TCU"}}, i.Telematics)
		require.True(t, slices.ContainsFunc(i.Advice, func(s string) bool { return strings.Contains(s, "My InControl") }))
	})
	run("no-telematics-2008", func(t *testing.T, i *telematics.Inspection) {
		t.Helper()
		require.Equal(t, telematics.Telematics{Fitted: "unknown", Services: "unknown", Network: "unknown", Units: []string{}}, i.Telematics)
	})
	run("two-modems-2021", func(t *testing.T, i *telematics.Inspection) {
		t.Helper()
		require.Equal(t, telematics.Telematics{Fitted: "yes", Services: "active", Network: "registered", Units: []string{"ATM", "TCU 754/75C"}}, i.Telematics)
	})
}
