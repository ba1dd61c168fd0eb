package profiles

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/guard"
)

// linter knows the words that the profiles of the tests use, and a guard that
// denies the passphrase of a hotspot.
var linter = Linter{
	Kinds: []string{"vin", "imei", "iccid", "imsi", "msisdn", "eid", "serial", "part-number", "hardware", "software"},
	Signals: map[string][]string{
		"connected-services":   {"active", "inactive", "unknown"},
		"provisioning":         {"provisioned", "not-provisioned", "running", "failed", "unknown"},
		"network-registration": {"registered", "not-registered", "searching", "denied", "roaming", "unknown"},
		"sim-profile":          {"selectable", "personalised", "deactivated", "hidden", "activated", "invalid", "unknown"},
		"paired-phones":        nil,
		"mounting-place":       {"trunk", "roof", "dash", "unknown"},
		"network-generation":   {"2g", "3g", "4g", "unknown"},
		"market":               {"eu", "us", "cn", "row", "br", "unknown"},
	},
	Denied: func(d guard.Dialect, request []byte) bool {
		return d == guard.UDS && slices.Equal(request, []byte{0x22, 0xD2, 0x0B})
	},
}

func TestEmbeddedProfilesHaveNoProblems(t *testing.T) {
	require.Empty(t, linter.Lint(embeddedSet(t)))
}

func lintOne(t *testing.T, text string) (found []string) {
	t.Helper()
	s, err := LoadFS(fstest.MapFS{"p.yaml": {Data: []byte(text)}})
	require.NoError(t, err)
	for _, p := range linter.Lint(s) {
		found = append(found, p.String())
	}
	return found
}

func TestTheWholeProfileHasNoProblems(t *testing.T) { require.Empty(t, lintOne(t, whole)) }

// Places in the whole profile, for rows that put something there.
const (
	inMatch  = "  model_year: true\n"
	inUnit   = "    sessions: [\"03\"]\n"
	inReads  = "    reads:\n"
	inField  = "            values: {\"04\": active}\n"
	endUnits = "route:"

	another = `  - name: %s
    role: %s
    network: {pins: 6/14, bitrate: 500000}
    address: %s
    dialect: %s
    confidence: single
    source: somebody
route:`
	oneMore = `    reads:
      - request: %s
        name: more
        confidence: %s
        source: somebody
`
	fieldsOf = "        fields:\n          - name: state\n            type: uint\n            length: 1\n"
)

// Each row changes the whole profile in one place, and there the problem is
// told.
func TestLintRules(t *testing.T) {
	rows := map[string]struct{ old, new, want string }{
		"wmi: letters that no VIN has": {`"1AB": Make`, `"1OB": Make`, `6:9: "1OB" is not three of A-Z and 0-9 without I, O and Q (wmi)`},
		"wmi: length":                  {`"1AB": Make`, `"1A": Make`, `6:9: "1A" is not three`},
		"wmi: make":                    {`"1AB": Make`, `"1AB": Other`, `6:9: "Other" is none of the profile's makes (wmi)`},
		"makes":                        {"makes: [Make]\nmatch:\n  wmi: {\"1AB\": Make}\n", "match:\n", `1:1: no make (makes)`},
		"years: order":                 {inMatch, inMatch + "  year_from: 2017\n  year_to: 2016\n", `9:12: 2016 is before 2017 (years)`},
		"years: from":                  {inMatch, inMatch + "  year_from: 1999\n", `8:14: 1999 is no model year of a car with CAN diagnostics (years)`},
		"years: to":                    {inMatch, inMatch + "  year_to: 2031\n", `8:12: 2031 is no model year`},
		"fingerprint: certain of what": {inMatch, inMatch + "  certain: true\n", `8:12: certain of what: there is no fingerprint (fingerprint)`},
		"fingerprint: unit": {
			inMatch, inMatch + "  fingerprint: [{unit: ECU, request: 22 D091, response: 62 D091}]\n",
			`8:17: unit "ECU" has no read 22 D091 (fingerprint)`,
		},
		"fingerprint: read": {
			inMatch, inMatch + "  fingerprint: [{unit: TCU, request: 22 D092, response: 62 D092}]\n",
			`8:17: unit "TCU" has no read 22 D092 (fingerprint)`,
		},
		"fingerprint: refusal": {
			inMatch, inMatch + "  fingerprint: [{unit: TCU, request: 22 D091, response: 7F 22}]\n",
			`8:57: 7F 22 does not begin a positive answer to 22 D091 (fingerprint)`,
		},
		"fingerprint: another's answer": {
			inMatch, inMatch + "  fingerprint: [{unit: TCU, request: 22 D091, response: 62 D092}]\n",
			`8:57: 62 D092 does not begin`,
		},

		"unit-name: twice": {endUnits, fmt.Sprintf(another, "TCU", "body", "726/72E", "uds"), `30:11: a second unit "TCU" (unit-name)`},
		"unit-address: twice in a dialect": {
			endUnits, fmt.Sprintf(another, "BCM", "body", "754/75C", "uds"),
			`33:14: 754/75C speaks uds already as "TCU" (unit-address)`,
		},
		"unit-address: two answer alike": {
			endUnits, fmt.Sprintf(another, "BCM", "body", "744/75C", "uds"),
			`33:14: "TCU" answers with the same identifier (unit-address)`,
		},
		"unit-address: functional":         {"754/75C", "7DF/7E8-7EF", `12:14: 7DF/7E8-7EF: functional, so it names no unit (unit-address)`},
		"unit-address: the functional id":  {"754/75C", "7DF/7E8", `12:14: 7DF/7E8: 7DF is functional (unit-address)`},
		"unit-address: control traffic":    {"754/75C", "5FF/75C", `12:14: 5FF/75C: requests below 600 are not diagnostics (unit-address)`},
		"unit-address: below GM's":         {"754/75C", "23F/63F", `requests below 600`},
		"unit-address: above GM's":         {"754/75C", "260/660", `requests below 600`},
		"unit-address: no fixed form":      {"754/75C", "18DAC6F2/18DAF2C6", `not of the form 18DAxxF1/18DAF1xx (unit-address)`},
		"unit-address: another answers":    {"754/75C", "18DAC6F1/18DAF1C7", `not of the form`},
		"unit-address: BMW's response":     {"754/75C", "6F1:61/663:F1", `6F1:xx is answered by 6xx:F1 (unit-address)`},
		"unit-address: BMW's address byte": {"754/75C", "6F1:61/661:61", `6F1:xx is answered by 6xx:F1 (unit-address)`},
		"unit-address: address bytes":      {"754/75C", "750:C7/758:C8", `the address bytes differ (unit-address)`},
		"unit-address: FD in the address":  {"754/75C", "754/75C@fd", `12:14: 754/75C@fd and its network disagree on CAN FD (unit-address)`},
		"unit-address: FD in the network":  {"bitrate: 500000}", "bitrate: 500000, fd: true}", `12:14: 754/75C and its network disagree on CAN FD (unit-address)`},

		"network: one pin":        {"pins: 6/14", "pins: six", `11:21: "six" are no two pins of the connector, such as 6/14 (network)`},
		"network: pin 17":         {"pins: 6/14", "pins: 6/17", `11:21: "6/17" are no two pins`},
		"network: pin 0":          {"pins: 6/14", "pins: 0/14", `11:21: "0/14" are no two pins`},
		"network: the same pin":   {"pins: 6/14", "pins: 6/6", `11:21: "6/6" are no two pins`},
		"network: pin with zero":  {"pins: 6/14", "pins: 06/14", `11:21: "06/14" are no two pins`},
		"network: bit rate, low":  {"bitrate: 500000", "bitrate: 9999", `11:36: 9999 is no bit rate of CAN (network)`},
		"network: bit rate, high": {"bitrate: 500000", "bitrate: 1000001", `11:36: 1000001 is no bit rate of CAN (network)`},

		"transport: STmin too long": {"stmin: 100ms", "stmin: 128ms", `14:31: 128ms can't be said in flow control: 0-127ms, or 100us-900us (transport)`},
		"transport: STmin uneven":   {"stmin: 100ms", "stmin: 1500us", `14:31: 1.5ms can't be said`},
		"transport: STmin too fine": {"stmin: 100ms", "stmin: 150us", `14:31: 150µs can't be said`},
		"transport: padding":        {"stmin: 100ms}", "stmin: 100ms, pad: zero}", `14:43: "zero" is neither two hex digits nor none (transport)`},

		"session: programming":        {`["03"]`, `["02"]`, `15:16: 02 is no session to read in over uds (session)`},
		"session: default":            {`["03"]`, `["01"]`, `15:16: 01 is no session`},
		"session: reserved":           {`["03"]`, `["3F"]`, `15:16: 3F is no session`},
		"session: suppressed answer":  {`["03"]`, `[C0]`, `15:16: C0 is no session to read in over uds (session)`},
		"session: not of a body unit": {"role: telematics", "role: body", `15:15: the session of a unit of role body is never changed (session)`},

		"request: another service":   {"22 D091", "2E D091", `19:18: 2E D091 is no read request of uds (request)`},
		"request: two at once":       {"22 D091", "22 D091 D092", `19:18: 22 D091D092 is no read request of uds (request)`},
		"request: too short":         {"22 D091", "22 D0", `19:18: 22 D0 is no read request of uds (request)`},
		"request: twice":             {inReads, fmt.Sprintf(oneMore, "22 D091", "single"), `23:18: 22 D091 is asked twice (request)`},
		"request: private, no read":  {inUnit, inUnit + "    private: [31 01 A079]\n", `16:15: 31 01A079 is no read request of uds (request)`},
		"request: secret, no read":   {inUnit, inUnit + "    secret: [\"2112\"]\n", `16:14: 21 12 is no read request of uds (request)`},
		"denied":                     {"22 D091", "22 D20B", `19:18: the guard never lets 22 D20B pass (denied)`},
		"private: also read":         {inUnit, inUnit + "    private: [22 D091]\n", `16:15: 22 D091 is also one of the unit's reads (private)`},
		"private: twice":             {inUnit, inUnit + "    private: [22 D092, 22 D092]\n", `16:24: 22 D092 is listed twice (private)`},
		"secret: also read":          {inUnit, inUnit + "    secret: [22 D091]\n", `16:14: 22 D091 is also one of the unit's reads (private)`},
		"inferred: asked more":       {"    confidence: single\n    source: somebody\n    reads:", "    confidence: inferred\n    source: somebody\n    reads:", `19:9: an inferred unit is asked standard reads only (inferred)`},
		"confidence: not a standard": {inReads, fmt.Sprintf(oneMore, "22 D092", "standard"), `21:21: no standard says what 22 D092 is (confidence)`},
		"confidence: maker's ids":    {inReads, fmt.Sprintf(oneMore, "22 F1A0", "standard"), `21:21: no standard says what 22 F1A0 is (confidence)`},

		"vin: of a telematics unit": {inUnit, inUnit + "    vin: 22 D091\n", `16:10: the car's VIN never comes from a telematics unit (vin)`},
		"vin: not read":             {"role: telematics", "role: head-unit\n    vin: 22 D092", `11:10: 22 D092 is none of the unit's reads (vin)`},

		"length: more":  {"        length: 1\n        fields", "        length: 2\n        fields", `21:17: the fields take 1 bytes, not 2 (length)`},
		"length: least": {fieldsOf, "        fields:\n          - {name: a, type: text}\n          - name: state\n            type: uint\n            length: 2\n", `21:17: the fields take at least 2 bytes, more than 1 (length)`},

		"field: no type":            {"            type: uint\n", "", `23:13: field "state" has no type (field)`},
		"field: number without end": {"            type: uint\n            length: 1\n", "            type: uint\n", `number "state" needs a length of 1 to 8 (field)`},
		"field: number of 9 bytes":  {"            type: uint\n            length: 1\n", "            type: uint\n            length: 9\n", `23:13: number "state" needs a length of 1 to 8 (field)`},
		"field: too long":           {"            length: 1\n            signal", "            length: 4096\n            signal", `25:21: field "state" is longer than 4095 (field)`},
		"field: after the rest":     {"        fields:\n", "        fields:\n          - {name: rest, type: hex}\n", `23:13: "rest" takes the rest of the answer, so nothing can follow (field)`},
		"field: skipped and said":   {"type: uint", "type: skip", `23:13: "state" is skipped, so it tells nothing (field)`},
		"field: count of no group":  {inField, inField + "            count: true\n", `28:20: "state" is no group to count (field)`},

		"identifier: kind": {
			"            signal: connected-services\n            values: {\"04\": active}\n", "            identifier: imsi2\n",
			`26:25: "imsi2" is none of vin, imei`,
		},
		"signal: name":       {"signal: connected-services", "signal: services", `26:21: there is no signal "services" (signal)`},
		"signal: value":      {`{"04": active}`, `{"04": on}`, `27:22: connected-services is never "on" but active, inactive, unknown (signal)`},
		"signal: default":    {inField, inField + "            default: \"off\"\n", `28:22: connected-services is never "off"`},
		"signal: present":    {inField, inField + "            present: here\n", `28:22: connected-services is never "here"`},
		"signal: absent":     {inField, inField + "            absent: gone\n", `28:21: connected-services is never "gone"`},
		"signal: no values":  {inField, "", `26:21: nothing says when "connected-services" has which value (signal)`},
		"signal: not named":  {"            signal: connected-services\n", "", `23:13: "state" has values but no signal (signal)`},
		"values: not hex":    {`{"04": active}`, `{four: active}`, `27:22: "four" is not hex bytes in upper case (values)`},
		"values: small":      {`{"04": active}`, `{"0a": active}`, `27:22: "0a" is not hex bytes in upper case (values)`},
		"values: length":     {`{"04": active}`, `{"0004": active}`, `27:22: 0004 is 2 bytes, field "state" is 1 (values)`},
		"values: no length":  {fieldsOf, "        fields:\n          - name: state\n            type: text\n", `field "state" has no fixed length to compare 04 with (values)`},
		"reads of a profile": {endUnits, "reads:\n  - {request: \"1A90\", name: x, confidence: single, source: x}\nroute:", `31:15: 1A 90 is no read request of uds (request)`},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, 1, strings.Count(whole, row.old), "the row must change one place")
			found := lintOne(t, strings.Replace(whole, row.old, row.new, 1))
			require.Condition(t, func() bool {
				return slices.ContainsFunc(found, func(p string) bool {
					return strings.HasPrefix(p, "p.yaml:") && strings.Contains(p, row.want)
				})
			}, "%s", strings.Join(found, "\n"))
		})
	}
}

const group = `        fields:
          - name: phones
            repeat: 4
            signal: paired-phones
            count: true
            fields:
              - {name: phone, type: hex, length: 6}
`

func withGroup(old, change string) string {
	text := strings.Replace(group, old, change, 1)
	before, after, _ := strings.Cut(whole, "        length: 1\n        fields:\n")
	_, after, _ = strings.Cut(after, inField)
	return before + "        length: 24\n" + text + after
}

func TestLintRulesOfGroups(t *testing.T) {
	require.Empty(t, lintOne(t, withGroup("", "")))
	rows := map[string]struct{ old, new, want string }{
		"no repeat":              {"            repeat: 4\n", "", `group "phones" needs both repeat and fields (field)`},
		"no fields":              {"            fields:\n              - {name: phone, type: hex, length: 6}\n", "", `group "phones" needs both repeat and fields (field)`},
		"repeats for ever":       {"repeat: 4", "repeat: 65", `group "phones" repeats more than 64 times (field)`},
		"type of its own":        {"repeat: 4", "repeat: 4\n            type: hex", `group "phones" has no type, length or identifier of its own (field)`},
		"identifier of its own":  {"repeat: 4", "repeat: 4\n            identifier: imei", `group "phones" has no type`},
		"length of its own":      {"repeat: 4", "repeat: 4\n            length: 6", `group "phones" has no type`},
		"signal that no count":   {"            count: true\n", "            present: x\n", `25:21: group "phones" can only count (field)`},
		"count without a signal": {"            signal: paired-phones\n", "", `"phones" has values but no signal (signal)`},
		"rest within a group":    {", length: 6}", "}", `"phone" takes the rest of the answer, so nothing can follow (field)`},
		"length of the whole":    {"length: 6}", "length: 5}", `21:17: the fields take 20 bytes, not 24 (length)`},
		"least of the whole":     {"length: 6}", "length: 7}\n              - {name: more, type: text}", `21:17: the fields take at least 28 bytes, more than 24 (length)`},
		"kind within a group":    {"length: 6}", "length: 6, identifier: phone}", `28:65: "phone" is none of`},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, group, row.old)
			require.Contains(t, strings.Join(lintOne(t, withGroup(row.old, row.new)), "\n"), row.want)
		})
	}
}

func TestReadsThatAreWellFormed(t *testing.T) {
	rows := map[guard.Dialect]struct{ good, bad []string }{
		guard.UDS:   {[]string{"22 F190", "22 0000"}, []string{"22 F1", "21 81", "1A 90", "22 F190 F18C", "10 03", "3E"}},
		guard.KWP:   {[]string{"21 04", "1A 90"}, []string{"22 F190", "21", "21 04 01", "3B 04", "10 C0", "23 04"}},
		guard.GMLAN: {[]string{"1A 90"}, []string{"21 04", "1A", "10 02", "1A 90 91"}},
		guard.J1979: {[]string{"01 0C", "09 02"}, []string{"04 00", "08 01", "01", "03", "22 F190"}},
		0:           {nil, []string{"22 F190", "21 04"}},
	}
	parse := func(s string) (h Hex) {
		require.NoError(t, h.UnmarshalText([]byte(s)))
		return h
	}
	for d, row := range rows {
		for _, s := range row.good {
			require.True(t, wellFormedRead(d, parse(s)), "%s %s", d, s)
		}
		for _, s := range row.bad {
			require.False(t, wellFormedRead(d, parse(s)), "%s %s", d, s)
		}
	}
}

func TestReadsThatAStandardExplains(t *testing.T) {
	rows := map[guard.Dialect]struct{ standard, own []Hex }{
		guard.UDS: {
			[]Hex{{0x22, 0xF1, 0x80}, {0x22, 0xF1, 0x9F}, {0x22, 0xF4, 0x00}, {0x22, 0xF8, 0xFF}, {0x22, 0xFF, 0x00}, {0x22, 0xFF, 0x01}},
			[]Hex{{0x22, 0xF1, 0x7F}, {0x22, 0xF1, 0xA0}, {0x22, 0xF3, 0xFF}, {0x22, 0xF9, 0x00}, {0x22, 0xFE, 0xFF}, {0x22, 0xFF, 0x02}},
		},
		guard.KWP:   {[]Hex{{0x1A, 0x80}, {0x1A, 0x9F}}, []Hex{{0x1A, 0x7F}, {0x1A, 0xA0}, {0x21, 0x80}}},
		guard.J1979: {[]Hex{{0x09, 0x02}}, nil},
		guard.GMLAN: {nil, []Hex{{0x1A, 0x90}}},
		0:           {[]Hex{{0x31, 0x01}}, nil}, // no read at all is told by another rule
	}
	for d, row := range rows {
		for _, h := range row.standard {
			require.True(t, standardRead(d, h), "%s %s", d, h)
		}
		for _, h := range row.own {
			require.False(t, standardRead(d, h), "%s %s", d, h)
		}
	}
}

func TestSessionsThatArePlausible(t *testing.T) {
	rows := map[guard.Dialect]struct{ good, bad []byte }{
		guard.UDS:   {[]byte{0x03, 0x40, 0x41, 0x7E}, []byte{0x00, 0x01, 0x02, 0x04, 0x3F, 0x7F, 0x80, 0xC0}},
		guard.KWP:   {[]byte{0x82, 0x84, 0x86, 0xC0, 0xFA, 0xFE}, []byte{0x00, 0x02, 0x03, 0x80, 0x81, 0x85, 0xFF}},
		guard.GMLAN: {nil, []byte{0x02, 0x03}},
		guard.J1979: {nil, []byte{0x03}},
	}
	for d, row := range rows {
		for _, s := range row.good {
			require.True(t, plausibleSession(d, s), "%s %02X", d, s)
		}
		for _, s := range row.bad {
			require.False(t, plausibleSession(d, s), "%s %02X", d, s)
		}
	}
}

func TestAddressesThatAreFine(t *testing.T) {
	for _, address := range []string{
		"600/608", "240/640", "25F/65F", "7E0/7E8", "18DAC6F1/18DAF1C6", "6F1:61/661:F1", "750:C7/758:C7", "77C/67C",
	} {
		require.Empty(t, lintOne(t, strings.Replace(whole, "754/75C", address, 1)), address)
	}
}

func TestOneAddressInTwoDialectsIsTwoUnits(t *testing.T) {
	second := fmt.Sprintf(another, "TCU KWP", "telematics", "754/75C", "kwp")
	require.Empty(t, lintOne(t, strings.Replace(whole, endUnits, second, 1)))
}

func TestProblemsComeInTheOrderOfTheFiles(t *testing.T) {
	bad := strings.NewReplacer("pins: 6/14", "pins: 6/6", `"04": active`, `"04": on`).Replace(whole)
	s, err := LoadFS(fstest.MapFS{
		"b.yaml": {Data: []byte(strings.Replace(bad, "id: whole", "id: a-first", 1))},
		"a.yaml": {Data: []byte(strings.Replace(bad, "id: whole", "id: b-second", 1))},
	})
	require.NoError(t, err)
	var places []string
	for _, p := range linter.Lint(s) {
		places = append(places, fmt.Sprintf("%s:%d", p.File, p.Line))
	}
	require.Equal(t, []string{"a.yaml:11", "a.yaml:27", "b.yaml:11", "b.yaml:27"}, places)
}
