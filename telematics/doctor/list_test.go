package doctor

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter/serialport"
	"github.com/untether-obd/untether/obd/adapter/socketcan"
)

var update = flag.Bool("update", false, "write golden files anew")

// golden compares what was written with a file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")))
}

// plugs are a computer's ports and interfaces of all kinds.
func plugs() []Found {
	return found([]serialport.Info{
		{Path: "/dev/rfcomm0", Likely: serialport.KindELM327},
		{Path: "/dev/ttyACM0", VID: "16d0", PID: "117e", Serial: "0031", Product: "CANable", Likely: serialport.KindSLCAN},
		{Path: "/dev/ttyACM1", VID: "2341", PID: "0043", Product: "Arduino Uno"},
		{Path: "/dev/ttyS0"},
		{
			Path: "/dev/ttyUSB0", ByID: "/dev/serial/by-id/usb-ScanTool.net_OBDLink_SX-if00-port0", VID: "0403", PID: "6015",
			Serial: "11302", Product: "OBDLink SX", Likely: serialport.KindELM327,
		},
	}, []socketcan.Interface{
		{Name: "can0", Up: true, Bitrate: 500_000, FD: true},
		{Name: "can1"},
		{Name: "can2", Up: true, Listens: true, Bitrate: 250_000},
		{Name: "vcan0", Up: true, FD: true, Virtual: true},
	})
}

func TestListAsJSON(t *testing.T) {
	text, err := json.MarshalIndent(Adapters{Adapters: plugs()}, "", "  ")
	require.NoError(t, err)
	golden(t, "adapters.json", append(text, '\n'))
	require.NoError(t, valid(t, AdaptersSchemaJSON, Adapters{Adapters: plugs()}))
	require.NoError(t, valid(t, AdaptersSchemaJSON, Adapters{}))
}

func TestListSchemaRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*Found){
		"a family":                 func(f *Found) { f.Family = "ftdi" },
		"a guess":                  func(f *Found) { f.Guess = "sure" },
		"a state":                  func(f *Found) { f.State = "asleep" },
		"a URI without a scheme":   func(f *Found) { f.URI = "/dev/ttyUSB0" },
		"nothing that it hangs on": func(f *Found) { f.Device = "" },
		"an id that is none":       func(f *Found) { f.USB = &USB{Vendor: "403", Product: "6015"} },
	} {
		t.Run(name, func(t *testing.T) {
			a := Adapters{Adapters: plugs()}
			spoil(&a.Adapters[0])
			require.Error(t, valid(t, AdaptersSchemaJSON, a))
		})
	}
}

// TestPortsOfTheComputerComeLast and are never taken for what was plugged in.
func TestPortsOfTheComputerComeLast(t *testing.T) {
	var plugged, others []string
	for _, f := range plugs() {
		if f.Pluggable() {
			require.Empty(t, others, "%s comes too late", f.Device)
			plugged = append(plugged, f.Device)
		} else {
			others = append(others, f.Device)
		}
	}
	require.Equal(t, []string{"/dev/rfcomm0", "/dev/ttyACM0", "/dev/ttyUSB0", "can0", "can1", "can2"}, plugged)
	require.Equal(t, []string{"/dev/ttyACM1", "/dev/ttyS0", "vcan0"}, others)
}

// TestListHere opens nothing, so it works wherever it runs.
func TestListHere(t *testing.T) {
	all, err := List()
	require.NoError(t, err)
	require.NoError(t, valid(t, AdaptersSchemaJSON, Adapters{Adapters: all}))
}

// valid judges a value as JSON by a schema.
func valid(t *testing.T, schema string, value any) error {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(schema))
	require.NoError(t, err)
	require.NoError(t, compiler.AddResource("urn:schema", doc))
	compiled, err := compiler.Compile("urn:schema")
	require.NoError(t, err)
	text, err := json.Marshal(value)
	require.NoError(t, err)
	again, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	require.NoError(t, err)
	return compiled.Validate(again)
}
