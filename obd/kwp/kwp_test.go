package kwp_test

import (
	"encoding"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/kwp"
)

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	require.NoError(tb, err)
	return b
}

func same(t *testing.T, want, got any) {
	t.Helper()
	require.Empty(t, cmp.Diff(want, got, cmpopts.EquateEmpty()))
}

func encode(t *testing.T, m encoding.BinaryAppender) []byte {
	t.Helper()
	b, err := m.AppendBinary(nil)
	require.NoError(t, err)
	return b
}

func TestRequests(t *testing.T) {
	for _, c := range []struct {
		rule, bytes string
		want        kwp.Request
	}{
		{"10 session", "10 C0", kwp.Access{Service: 0x10, ID: 0xC0}},
		{"12 frame and access", "12 00 04 01 23", kwp.Access{Service: 0x12, Data: []byte{4, 1, 0x23}}},
		{"13 bare", "13", kwp.Group{Service: 0x13, Bare: true}},
		{"13 with a group", "13 FF 00", kwp.Group{Service: 0x13, Group: kwp.AllGroups}},
		{"14 group", "14 FF 00", kwp.Group{Service: 0x14, Group: kwp.AllGroups}},
		{"17 all", "17 FF 00", kwp.Group{Service: 0x17, Group: kwp.AllGroups}},
		{"17 one code", "17 F9 35", kwp.Group{Service: 0x17, Group: 0xF935}},
		{"18 status and group", "18 02 FF 00", kwp.Group{Service: 0x18, Status: 2, Group: kwp.AllGroups}},
		{"1A option", "1A 90", kwp.Access{Service: 0x1A, ID: 0x90}},
		{"1A option and a maker's addition", "1A 88 01", kwp.Access{Service: 0x1A, ID: 0x88, Data: []byte{1}}},
		{"20", "20", kwp.Stop{}},
		{"21 local id", "21 04", kwp.Access{Service: 0x21, ID: 4}},
		{"31 routine", "31 A8 00", kwp.Access{Service: 0x31, ID: 0xA8, Data: []byte{0}}},
		{"3B local id and data", "3B 04 00", kwp.Access{Service: 0x3B, ID: 4, Data: []byte{0}}},
		{"3E bare", "3E", kwp.Present{Bare: true}},
		{"3E with answer", "3E 01", kwp.Present{}},
		{"3E without answer", "3E 02", kwp.Present{Silent: true}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got, err := kwp.ParseRequest(unhex(t, c.bytes))
			require.NoError(t, err)
			same(t, c.want, got)
			require.Equal(t, unhex(t, c.bytes), encode(t, c.want))
		})
	}
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		rule, bytes string
		want        kwp.Answer
	}{
		{"50 session", "50 C0", kwp.Record{Service: 0x10, ID: 0xC0}},
		{"52 frame", "52 00 AA BB", kwp.Record{Service: 0x12, Data: []byte{0xAA, 0xBB}}},
		{"53 no code", "53 00", kwp.Codes{}},
		{"53 count and codes", "53 02 FD A3 F9 35", kwp.Codes{0xFDA3, 0xF935}},
		{"54 group", "54 FF 00", kwp.Cleared{Group: kwp.AllGroups}},
		{"57 count and codes", "57 02 FD A3 60 F9 35 20", kwp.Statuses{
			Service: 0x17, DTCs: []kwp.DTC{{0xFDA3, 0x60}, {0xF935, 0x20}},
		}},
		{"57 one code and its environment", "57 01 FD A3 60 01 02 03", kwp.Statuses{
			Service: 0x17, DTCs: []kwp.DTC{{0xFDA3, 0x60}}, Environment: []byte{1, 2, 3},
		}},
		{"58 no code", "58 00", kwp.Statuses{Service: 0x18}},
		{"58 count, code, status", "58 01 FD A3 60", kwp.Statuses{Service: 0x18, DTCs: []kwp.DTC{{0xFDA3, 0x60}}}},
		{"5A option and text", "5A 90 41 42", kwp.Record{Service: 0x1A, ID: 0x90, Data: []byte("AB")}},
		{"60", "60", kwp.Stopped{}},
		{"61 local id and data", "61 04 01", kwp.Record{Service: 0x21, ID: 4, Data: []byte{1}}},
		{"71 routine", "71 A8", kwp.Record{Service: 0x31, ID: 0xA8}},
		{"7B local id", "7B 04", kwp.Record{Service: 0x3B, ID: 4}},
		{"7E", "7E", kwp.Presence{}},
		{"7F service and code", "7F 21 78", kwp.Negative{Service: 0x21, Code: 0x78}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got, err := kwp.ParseAnswer(unhex(t, c.bytes))
			require.NoError(t, err)
			same(t, c.want, got)
			require.Equal(t, unhex(t, c.bytes), encode(t, c.want))
		})
	}
}

func TestMalformedRequests(t *testing.T) {
	for rule, text := range map[string]string{
		"empty":                   "",
		"a service of UDS":        "22 F1 90",
		"21 without local id":     "21",
		"13 with half a group":    "13 FF",
		"14 without group":        "14",
		"17 with a status":        "17 00 FF 00",
		"18 without status":       "18 FF 00",
		"20 with a parameter":     "20 00",
		"3E 00 is UDS":            "3E 00",
		"3E with two parameters":  "3E 01 01",
		"an answer is no request": "61 04 01",
	} {
		t.Run(rule, func(t *testing.T) {
			_, err := kwp.ParseRequest(unhex(t, text))
			var format *kwp.FormatError
			require.ErrorAs(t, err, &format)
		})
	}
}

func TestMalformedAnswers(t *testing.T) {
	for rule, text := range map[string]string{
		"empty":                           "",
		"a request is no answer":          "21 04",
		"an answer of UDS":                "62 F1 90",
		"61 without local id":             "61",
		"53 without count":                "53",
		"53 shorter than its count":       "53 02 FD A3",
		"53 longer than its count":        "53 00 FD A3",
		"54 without group":                "54",
		"57 shorter than its count":       "57 02 FD A3 60 F9 35",
		"57 environment of several codes": "57 02 FD A3 60 F9 35 20 00",
		"57 environment of no code":       "57 00 00",
		"58 longer than its count":        "58 01 FD A3 60 00",
		"58 with half a code":             "58 01 FD A3",
		"60 with a parameter":             "60 00",
		"7E with a parameter":             "7E 00",
		"7F without code":                 "7F 21",
		"7F with two codes":               "7F 21 78 00",
	} {
		t.Run(rule, func(t *testing.T) {
			_, err := kwp.ParseAnswer(unhex(t, text))
			var format *kwp.FormatError
			require.ErrorAs(t, err, &format)
		})
	}
}

func TestParseRecordRefusesOtherAnswers(t *testing.T) {
	for rule, text := range map[string]string{"empty": "", "no identifier": "7E", "58": "58 00"} {
		t.Run(rule, func(t *testing.T) {
			_, err := kwp.ParseRecord(unhex(t, text))
			require.Error(t, err)
		})
	}
}

func TestFormatErrorSaysWhat(t *testing.T) {
	_, err := kwp.ParseAnswer(unhex(t, "58 02 FD A3 60"))
	require.EqualError(t, err, "kwp: 58: length: got 5 bytes, want 8 bytes, 2 codes of 3 after the count")
	_, err = kwp.ParseRequest(unhex(t, "3E 80"))
	require.EqualError(t, err, "kwp: 3E: response required: got 80, want 01 or 02")
	_, err = kwp.ParseRequest(unhex(t, "22 F1 90"))
	require.EqualError(t, err, "kwp: 22: service: got 22, want a service of KWP 2000")
	_, err = kwp.ParseStatuses(nil)
	require.EqualError(t, err, "kwp: 00: service: got nothing, want an answer to 17 18")
}

func TestCountIsOneByte(t *testing.T) {
	for rule, answer := range map[string]encoding.BinaryAppender{
		"53": kwp.Codes(make([]uint16, 256)),
		"57": kwp.Statuses{Service: 0x17, DTCs: make([]kwp.DTC, 256)},
	} {
		t.Run(rule, func(t *testing.T) {
			_, err := answer.AppendBinary(nil)
			require.ErrorContains(t, err, "got 256, want at most 255")
		})
	}
	require.Len(t, encode(t, kwp.Codes(make([]uint16, 255))), 2+2*255)
}

func FuzzParseRequest(f *testing.F) {
	for _, s := range []string{"", "21 04", "18 00 FF 00", "13", "3E 02", "20", "1A 88 01"} {
		f.Add(unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, msg []byte) {
		r, err := kwp.ParseRequest(msg)
		if err != nil {
			return
		}
		require.Equal(t, msg, encode(t, r))
	})
}

func FuzzParseAnswer(f *testing.F) {
	for _, s := range []string{"", "61 04 01", "58 01 FD A3 60", "53 00", "57 01 FD A3 60 01", "7F 21 78", "7E"} {
		f.Add(unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, msg []byte) {
		a, err := kwp.ParseAnswer(msg)
		if err != nil {
			return
		}
		require.Equal(t, msg, encode(t, a))
	})
}
