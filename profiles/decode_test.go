package profiles

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

const whole = `id: whole
version: 1
title: A whole profile
makes: [Make]
match:
  wmi: {"1AB": Make}
  model_year: true
units:
  - name: TCU
    role: telematics
    network: {pins: 6/14, bitrate: 500000}
    address: 754/75C
    dialect: uds
    transport: {bs: 1, stmin: 100ms}
    sessions: ["03"]
    confidence: single
    source: somebody
    reads:
      - request: 22 D091
        name: services
        length: 1
        fields:
          - name: state
            type: uint
            length: 1
            signal: connected-services
            values: {"04": active}
        confidence: single
        source: somebody
route: {en: way, de: Weg}
limits: {en: none, de: keine}
sources: [somebody]
`

func loadOne(text string) error {
	_, err := LoadFS(fstest.MapFS{"p.yaml": {Data: []byte(text)}})
	return err
}

func TestTheWholeProfileLoads(t *testing.T) { require.NoError(t, loadOne(whole)) }

// Each row changes one thing in the whole profile; place is where the file is
// wrong, counted from 1.
func TestLoaderTellsWhatIsWrongAndWhere(t *testing.T) {
	rows := map[string]struct{ old, new, place, reason string }{
		"unknown key":              {"    dialect: uds", "    dialekt: uds", "13:5", `unknown key dialekt; valid are name, role,`},
		"unknown key, nested":      {"{pins: 6/14,", "{pin: 6/14,", "11:15", "unknown key pin; valid are pins, bitrate, fd"},
		"unknown key at the top":   {"makes: [Make]", "make: [Make]", "4:1", "unknown key make;"},
		"key that is no text":      {`{"04": active}`, `{04: active}`, "27:22", "want text as key, got 04; quote it"},
		"duplicate key":            {"version: 1\n", "version: 1\nversion: 2\n", "3:1", `"version" already defined at [2:1]`},
		"missing key":              {"    role: telematics\n", "", "9:5", "key role is missing"},
		"missing key at the top":   {"title: A whole profile\n", "", "1:1", "key title is missing"},
		"text for a list":          {"makes: [Make]", "makes: Make", "4:8", "want a list, got text"},
		"list for text":            {"title: A whole profile", "title: [a]", "3:8", "want text, got a list"},
		"text for keys":            {"route: {en: way, de: Weg}", "route: way", "30:8", "want keys with values, got text"},
		"keys for text":            {"sources: [somebody]", "sources: [{a: b}]", "32:11", "want text, got keys with values"},
		"text for a number":        {"        length: 1\n        fields", "        length: one\n        fields", "21:17", "want a whole decimal number, got text"},
		"fraction":                 {"version: 1\n", "version: 1.5\n", "2:10", "want a whole decimal number, got 1.5"},
		"octal number":             {"version: 1\n", "version: 010\n", "2:10", "want a whole decimal number, got 010"},
		"hex number":               {"bitrate: 500000", "bitrate: 0x10", "11:36", "want a whole decimal number, got 0x10"},
		"negative number":          {"version: 1\n", "version: -1\n", "2:10", "want a whole decimal number, got -1"},
		"number too large":         {"{bs: 1,", "{bs: 256,", "14:21", "256 is too large"},
		"number for text":          {"title: A whole profile", "title: 2104", "3:8", "want text, got the number 2104; quote it"},
		"number for a byte":        {`sessions: ["03"]`, "sessions: [03]", "15:16", "want text, got the number 03; quote it"},
		"number for truth":         {"model_year: true", "model_year: 1", "7:15", "want true or false, got 1"},
		"nothing":                  {"title: A whole profile", "title:", "3:7", "want text, got nothing"},
		"null":                     {"makes: [Make]", "makes: ~", "4:8", "want a list, got nothing"},
		"empty text":               {"title: A whole profile", `title: ""`, "3:8", "empty"},
		"empty list":               {"sources: [somebody]", "sources: []", "32:10", "sources must not be empty or zero"},
		"zero":                     {"version: 1\n", "version: 0\n", "2:10", "version must not be empty or zero"},
		"one language only":        {"{en: way, de: Weg}", "{en: way}", "30:8", "key de is missing"},
		"address":                  {"754/75C", "754-75C", "12:14", "no / between request and response"},
		"dialect":                  {"dialect: uds", "dialect: can", "13:14", `dialect "can" is none of`},
		"role":                     {"role: telematics", "role: tcu", "10:11", `"tcu" is none of telematics, head-unit`},
		"confidence":               {"    confidence: single\n    source: somebody\n    reads", "    confidence: high\n    source: somebody\n    reads", "16:17", `"high" is none of standard`},
		"field type":               {"type: uint", "type: float", "24:19", `"float" is none of text, bcd`},
		"request not hex":          {"22 D091", "22 D09", "19:18", `"22 D09" is not hex bytes`},
		"request with odd blanks":  {"22 D091", "2 2D091", "19:18", "is not hex bytes"},
		"session not two digits":   {`["03"]`, `["3"]`, "15:16", `"3" is not two hex digits`},
		"text for a mapping":       {`{"1AB": Make}`, "Make", "6:8", "want keys with values, got text"},
		"number for a duration":    {"stmin: 100ms", "stmin: 100", "14:31", "want text, got the number 100; quote it"},
		"document after an end":    {"sources: [somebody]\n", "sources: [somebody]\n...\nid: more\n", "34:1", "a second document"},
		"empty second document":    {"sources: [somebody]\n", "sources: [somebody]\n---\n", "33:1", "a second document"},
		"single pair in a list":    {"makes: [Make]", "makes: [a: b]", "4:9", "want text, got keys with values"},
		"duration":                 {"stmin: 100ms", "stmin: fast", "14:31", `"fast" is no duration such as 100ms`},
		"negative duration":        {"stmin: 100ms", "stmin: -1ms", "14:31", "no duration"},
		"id":                       {"id: whole", "id: Whole One", "1:5", "not of the form bmw-atm"},
		"anchor":                   {"title: A whole profile", "title: &t A", "3:8", "no anchors"},
		"alias":                    {"title: A whole profile", "title: *t", "3:8", "no anchors"},
		"merge":                    {"match:\n", "match:\n  <<: {certain: true}\n", "6:3", "no anchors"},
		"tag":                      {"version: 1\n", "version: !!int 1\n", "2:10", "no anchors"},
		"explicit key":             {"version: 1\n", "? version\n: 1\n", "2:1", "no anchors"},
		"second document":          {"sources: [somebody]\n", "sources: [somebody]\n---\nid: more\n", "33:1", "a second document"},
		"not closed":               {"sources: [somebody]", "sources: [somebody", "32:10", "not found"},
		"tab for indentation":      {"  model_year", "\tmodel_year", "7:1", "cannot start any token"},
		"list of what is no thing": {"reads:\n      - request: 22 D091\n        name: services\n        length: 1\n", "reads:\n      - text\n      - request: 22 D092\n        name: more\n", "19:9", "want keys with values, got text"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, 1, strings.Count(whole, row.old), "the row must change one place")
			err := loadOne(strings.Replace(whole, row.old, row.new, 1))
			var at *FileError
			require.ErrorAs(t, err, &at)
			lines := strings.Split(err.Error(), "\n")
			require.Condition(t, func() bool {
				return slices.ContainsFunc(lines, func(line string) bool {
					return strings.HasPrefix(line, "p.yaml:"+row.place+": ") && strings.Contains(line, row.reason)
				})
			}, "%s", err)
		})
	}
}

func TestLoaderTellsSeveralFaultsInTheirOrder(t *testing.T) {
	text := strings.NewReplacer("version: 1\n", "version: x\n", "type: uint", "type: int", "{en: none, de: keine}", "{de: keine}").Replace(whole)
	require.Equal(t, []string{
		"p.yaml:2:10: want a whole decimal number, got text",
		`p.yaml:24:19: "int" is none of text, bcd, swapped, uint, hex, skip`,
		"p.yaml:31:9: key en is missing",
	}, strings.Split(loadOne(text).Error(), "\n"))
}

func TestLoaderStopsCountingFaults(t *testing.T) {
	many := whole + strings.Repeat("# nothing\n", 1)
	for i := range 3 * maxErrors {
		many += fmt.Sprintf("key%d: x\n", i)
	}
	require.Len(t, strings.Split(loadOne(many).Error(), "\n"), maxErrors)
}

func TestLoaderLimits(t *testing.T) {
	comment := func(n int) string { return strings.Repeat("#\n", n/2) + strings.Repeat("\n", n%2) }
	nested := func(n int) string { return whole + "makes: " + strings.Repeat("[", n) + strings.Repeat("]", n) }
	rows := map[string]struct{ text, reason string }{
		"a file of 1 MiB and a byte":  {whole + strings.Repeat("\n", maxFileSize+1-len(whole)), "larger than"},
		"a line":                      {"#" + strings.Repeat("x", maxLine) + "\n" + whole, "a line of more than"},
		"words and signs":             {whole + comment(2*maxTokens), "words and signs"},
		"flow collections in another": {nested(maxFlow + 1), "nested too deeply"},
		"lists in another":            {strings.Repeat("- ", maxColumn) + "x\n", "nested too deeply"},
		"text that is not UTF-8":      {whole + "# \xFF\n", "UTF-8"},
		"nothing at all":              {"", "empty"},
		"a comment alone":             {"# profile\n", "empty"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			var at *FileError
			require.ErrorAs(t, loadOne(row.text), &at)
			require.Contains(t, at.Reason, row.reason)
		})
	}
	t.Run("a file of just 1 MiB passes", func(t *testing.T) {
		require.NoError(t, loadOne(whole+strings.Repeat("\n", maxFileSize-len(whole))))
	})
	t.Run("a line of just the limit passes", func(t *testing.T) {
		require.NoError(t, loadOne("#"+strings.Repeat("x", maxLine-2)+"\n"+whole))
	})
	t.Run("depth of just the limit passes to the decoder", func(t *testing.T) {
		require.NotContains(t, loadOne(nested(maxFlow)).Error(), "deeply")
	})
}

func TestSyntaxErrorWithoutAPlace(t *testing.T) {
	var at *FileError
	require.ErrorAs(t, syntaxError("a.yaml", errors.New("odd")), &at)
	require.Equal(t, FileError{File: "a.yaml", Reason: "odd"}, *at)
}

func TestFileErrorWithoutAPlace(t *testing.T) {
	require.EqualError(t, &FileError{File: "a.yaml", Reason: "empty"}, "a.yaml: empty")
}
