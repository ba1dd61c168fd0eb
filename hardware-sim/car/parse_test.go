package car_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/hardware-sim/scenarios"
)

// small is a car with one of everything.
const small = `id: small
title: A car for tests
bitrate: 500000
ignition: "on"
supply: 12000
speed: 0
sleep: {controllers: 80ms, units: 300ms}
background:
  - ids: ["100", "18FF0001"]
    share: 0.1
    data: ['01 02']
units:
  - name: gateway
    address: 710/718
    gateway:
      routes: [inner]
      refuses:
        - {request: 2E, code: "33"}
    answers:
      - {request: 22 F186, response: 62 F186 01}
  - name: inner
    address: 6F1:61/661:F1
    functional: [7DF/7E8-7EF]
    behind: gateway
    pad: none
    sessions:
      - {id: "03", response: 50 03, from: ["01"]}
    states:
      - {name: calm}
      - {name: busy, lasts: 1s, next: calm}
    answers:
      - {request: 31 01 0203, response: 71 01 0203, latency: 10ms, state: [calm], next: busy}
  - name: player
    address: 720/728
    script:
      - on: "720#023E00"
        play:
          - {after: 1ms, frame: "728#027E00"}
`

func TestParse(t *testing.T) {
	s, err := car.Parse("small.yaml", []byte(small))
	require.NoError(t, err)
	require.Len(t, s.Units, 3)
	require.Equal(t, car.ID{Value: 0x18FF0001, Extended: true}, s.Background[0].IDs[1])
	require.Equal(t, 300*time.Millisecond, s.Sleep.Units)
	require.Nil(t, s.Unit("nobody"))
	require.Equal(t, []car.Byte{1}, s.Unit("inner").Sessions[0].From)
}

// Each row puts new for old into the small car.
var refused = []struct {
	name, old, new string
	at             string // line:column in the file; empty: the error is about the whole
	reason         string
}{
	{"an unknown key", "supply: 12000", "suply: 12000", "5:1", `unknown field "suply"`},
	{"an unknown key of a unit", "pad: none", "fill: none", "25:5", `unknown field "fill"`},
	{"an unknown key of an answer", "code: ", "nrc: ", "18:25", `unknown field "nrc"`},
	{"a key twice", "speed: 0", "supply: 0", "6:1", `"supply" already defined`},
	{"no YAML", "speed: 0", "speed: [0", "7:1", "must be specified"},
	{"another type", "bitrate: 500000", "bitrate: fast", "3:10", "cannot unmarshal string"},
	{"an address that is none", "address: 710/718", "address: 710-718", "", "no / between request and response"},
	{"an identifier that is none", `"100"`, `"1000"`, "", `"1000" is not an identifier`},
	{"an 11-bit identifier written as 29-bit", `"100"`, `"00000100"`, "", "is not an identifier"},
	{"an identifier out of range", `"18FF0001"`, `"2FFFFFFF"`, "", "is not an identifier"},
	{"a byte that is none", `id: "03"`, `id: "3"`, "", `"3" is not two hex digits`},
	{"padding that is none", "pad: none", "pad: no", "", `"no" is not two hex digits`},
	{"bytes that are none", "62 F186 01", "62 F186 0", "", "half a byte"},
	{"a request with a hole", "request: 31 01 0203,", "request: '31 {speed}',", "", "holes only stand in responses"},
	{"a response with a wildcard", "62 F186 01", "62 F186 ..", "", ".. only stands in requests"},
	{"a frame that is none", "728#027E00", "728027E00", "", "no #"},
	{"a time without unit", "latency: 10ms", "latency: 10", "32:62", "cannot unmarshal"},
	{"a time that is none", "latency: 10ms", "latency: soon", "", "soon"},

	{"no id", "id: small", `id: ""`, "", "id and title are needed"},
	{"no title", "title: A car for tests", `title: ""`, "", "id and title are needed"},
	{"too slow a bus", "bitrate: 500000", "bitrate: 9999", "", "bitrate 9999 is out of range"},
	{"too fast a bus", "bitrate: 500000", "bitrate: 1000001", "", "bitrate 1000001 is out of range"},
	{"a position that no key has", `ignition: "on"`, "ignition: start", "", `ignition "start" is not off, on or ready`},
	{"a supply of less than nothing", "supply: 12000", "supply: -1", "", "supply or speed is out of range"},
	{"too much supply", "supply: 12000", "supply: 65536", "", "supply or speed is out of range"},
	{"faster than a byte", "speed: 0", "speed: 256", "", "supply or speed is out of range"},
	{"units that wake before their controllers", "units: 300ms", "units: 79ms", "", "units cannot wake before their controllers"},
	{"a negative sleep", "controllers: 80ms", "controllers: -1ms", "", "units cannot wake before their controllers"},

	{"a unit without name", "name: gateway\n", "name: \"\"\n", "", "a name is needed"},
	{"a name twice", "name: player", "name: inner", "", `unit "inner": the name is there twice`},
	{"no address", "    address: 710/718\n", "", "", `unit "gateway": a physical address is needed`},
	{"a functional address", "710/718", "7DF/7E8-7EF", "", "a physical address is needed"},
	{"two units at one address", "720/728", "710/729", "", `unit "gateway": it is asked at the same address as "player"`},
	{"a physical address for a group", "[7DF/7E8-7EF]", "[7DF/7E8]", "", "7DF/7E8 is not a functional address"},
	{"neither answers nor script", "    answers:\n      - {request: 22 F186, response: 62 F186 01}\n", "", "", "either answers or a script is needed"},
	{"both answers and script", "    script:", "    answers: [{request: 22 F186, response: 62 F186 01}]\n    script:", "", "either answers or a script is needed"},
	{"a negative time", "pad: none", "p2: -1ms", "", "a time or a number is negative"},
	{"a negative number", "pad: none", "waits: -1", "", "a time or a number is negative"},
	{"a dialect that nobody speaks", "pad: none", "dialect: klingon", "", `dialect "klingon" is not uds or kwp`},

	{"behind nothing", "address: 720/728", "address: 720/728\n    behind: wall", "", `unit "player": "wall" is no gateway`},
	{"behind no gateway", "address: 720/728", "address: 720/728\n    behind: inner", "", `unit "player": "inner" is no gateway`},
	{"a route to nobody", "routes: [inner]", "routes: [outer]", "", `a route to "outer", which is not behind it`},
	{"a route to a unit in front", "routes: [inner]", "routes: [player]", "", `a route to "player", which is not behind it`},
	{"a refusal of nothing", "request: 2E, ", "", "", "a refusal of nothing"},

	{"a session with a negative answer", "response: 50 03", "response: 7F 10 22", "", "session 03 has no positive answer"},
	{"a session without answer", "response: 50 03, ", "", "", "session 03 has no positive answer"},
	{"a state without name", "name: calm", `name: ""`, "", "a state without a name"},
	{"a state that lasts less than nothing", "lasts: 1s", "lasts: -1s", "", "a state without a name, or with a negative time"},
	{"a state that ends in none", "lasts: 1s, next: calm", "lasts: 1s", "", `state "busy": lasts and next belong together`},
	{"a state that never ends in another", "lasts: 1s, next: calm", "next: calm", "", `state "busy": lasts and next belong together`},
	{"a state that ends in an unknown one", "lasts: 1s, next: calm", "lasts: 1s, next: clam", "", "and next is a state"},

	{"an answer to nothing", "request: 22 F186, ", "", "", "no request"},
	{"an answer to another service", "62 F186 01", "61 F186 01", "", `unit "gateway": answer to "22F186": the response is to another service`},
	{"a refusal of another service", "62 F186 01", "7F 21 31", "", "the response is to another service"},
	{"a refusal that is too long", "62 F186 01", "7F 22 31 00", "", "the response is to another service"},
	{"an answer before its request", "latency: 10ms", "latency: -10ms", "", "a negative time"},
	{"an answer of an unknown state", "state: [calm]", "state: [clam]", "", `no state "clam"`},
	{"an answer into an unknown state", "next: busy", "next: bossy", "", `no state "bossy"`},

	{"background without identifiers", `ids: ["100", "18FF0001"]`, "ids: []", "", "background needs identifiers"},
	{"background of no share", "share: 0.1", "share: 0", "", "a share above 0 and at most 1"},
	{"background of more than all", "share: 0.1", "share: 1.01", "", "a share above 0 and at most 1"},
	{"background longer than a frame", "'01 02'", "'00*9'", "", "background of more than 8 bytes"},
	{"background where a unit answers", `"100"`, `"718"`, "", "background on 718, where units are asked or answer"},
	{"background where a unit is asked", `"100"`, `"6F1"`, "", "background on 6F1, where units are asked or answer"},
	{"background where a group is asked", `"100"`, `"7DF"`, "", "background on 7DF, where units are asked or answer"},

	{"an anchor", "speed: 0", "speed: &a 0", "6:8", "anchors, aliases, merges, tags, directives or explicit keys"},
	{"a tag", "speed: 0", "speed: !!int 0", "6:8", "anchors, aliases"},
	{"a merge", "speed: 0", "<<: {speed: 0}", "6:1", "anchors, aliases"},
	{"an explicit key", "speed: 0", "? speed\n: 0", "6:1", "anchors, aliases"},
	{"nested too deeply", "speed: 0", "speed: " + strings.Repeat("[", 17), "6:24", "nested too deeply"},
	{"dashes too far right", "speed: 0", "speed: 0\nx:\n" + strings.Repeat(" ", 100) + "- 1", "8:101", "nested too deeply"},
	{"too long a line", "speed: 0", "speed: 0 # " + strings.Repeat("x", 2000), "6:2000", "a line of more than 2000 bytes"},
	{"too many words", "speed: 0", "speed: 0\nx:\n" + strings.Repeat("- 1\n", 40_000), "", "more than 65536 words and signs"},
	{"too long a file", "speed: 0", "speed: 0\n" + strings.Repeat("# a\n", 1<<18), "", "not UTF-8 text of at most 1048576 bytes"},
	{"no text", "A car", "A \xFF car", "", "not UTF-8 text"},
}

func TestRefusedFiles(t *testing.T) {
	for _, row := range refused {
		t.Run(row.name, func(t *testing.T) {
			require.Equal(t, 1, strings.Count(small, row.old), "the row's text is there once")
			_, err := car.Parse("small.yaml", []byte(strings.Replace(small, row.old, row.new, 1)))
			var at *car.FileError
			require.ErrorAs(t, err, &at)
			require.Contains(t, at.Reason, row.reason)
			if row.at == "" {
				require.Zero(t, at.Line, at.Error())
				require.Equal(t, "car: small.yaml: "+at.Reason, at.Error())
				return
			}
			require.Equal(t, row.at, fmt.Sprintf("%d:%d", at.Line, at.Column))
			require.Equal(t, "car: small.yaml:"+row.at+": "+at.Reason, at.Error())
		})
	}
}

func TestACarWithoutUnitsIsRefused(t *testing.T) {
	head, _, _ := strings.Cut(small, "units:\n")
	for _, text := range []string{head, ""} {
		_, err := car.Parse("small.yaml", []byte(text))
		var at *car.FileError
		require.ErrorAs(t, err, &at)
	}
}

func TestUnknownCars(t *testing.T) {
	for _, name := range []string{"", "bmw-5-2018", "../bmw-5-2017", "bmw-5-2017.yaml"} {
		_, err := car.Load(name)
		var unknown *car.UnknownError
		require.ErrorAs(t, err, &unknown)
		require.Equal(t, name, unknown.Name)
		require.Len(t, unknown.Known, len(car.List()))
		for _, info := range car.List() {
			require.Contains(t, err.Error(), info.ID)
		}
	}
}

// Whatever a file holds, reading it ends in a car or in an error about the
// file, and the car's units can be asked.
func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	for _, info := range car.List() {
		data, err := scenarios.Files.ReadFile(info.ID + ".yaml")
		require.NoError(f, err)
		f.Add(data)
	}
	for _, row := range refused {
		if len(row.new) < 1000 {
			f.Add([]byte(strings.Replace(small, row.old, row.new, 1)))
		}
	}
	f.Add([]byte("id: [&a {? x: !!int *a, <<: 1}]\n---\n- - -"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := car.Parse("fuzz.yaml", data)
		if err != nil {
			var at *car.FileError
			require.ErrorAs(t, err, &at)
			require.Equal(t, "fuzz.yaml", at.File)
			require.NotEmpty(t, at.Reason)
			return
		}
		require.NotEmpty(t, s.Units)
		for i := range s.Units {
			u := &s.Units[i]
			require.Same(t, u, s.Unit(u.Name))
			for _, a := range u.Answers {
				require.LessOrEqual(t, len(u.Expect(a.Request.Data).Response), 4095*len(a.Request.Data), a.Request)
			}
		}
	})
}
