package j1979_test

import (
	"encoding"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/j1979"
)

const vin = "WBA8E9C50GK123456"

func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	require.NoError(tb, err)
	return b
}

func encode(t *testing.T, m encoding.BinaryAppender) []byte {
	t.Helper()
	b, err := m.AppendBinary(nil)
	require.NoError(t, err)
	return b
}

func same(t *testing.T, want, got any) {
	t.Helper()
	require.Empty(t, cmp.Diff(want, got, cmpopts.EquateEmpty()))
}

func malformed(t *testing.T, err error) {
	t.Helper()
	var format *j1979.FormatError
	require.ErrorAs(t, err, &format)
}

func TestRequest(t *testing.T) {
	for _, c := range []struct {
		rule, bytes string
		want        j1979.Request
	}{
		{"01 one PID", "01 0C", j1979.Request{Service: 1, IDs: []byte{0x0C}}},
		{"01 six PIDs", "01 01 0C 0D 1C 42 51", j1979.Request{Service: 1, IDs: []byte{1, 0x0C, 0x0D, 0x1C, 0x42, 0x51}}},
		{"02 PID and frame", "02 02 00", j1979.Request{Service: 2, IDs: []byte{2}}},
		{"02 three PIDs", "02 02 01 0C 01 0D 01", j1979.Request{Service: 2, IDs: []byte{2, 0x0C, 0x0D}, Which: 1}},
		{"03", "03", j1979.Request{Service: 3}},
		{"05 TID and sensor", "05 00 01", j1979.Request{Service: 5, IDs: []byte{0}, Which: 1}},
		{"06 MIDs", "06 00 20", j1979.Request{Service: 6, IDs: []byte{0, 0x20}}},
		{"07", "07", j1979.Request{Service: 7}},
		{"09 InfoType", "09 02", j1979.Request{Service: 9, IDs: []byte{2}}},
		{"0A", "0A", j1979.Request{Service: 0x0A}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got, err := j1979.ParseRequest(unhex(t, c.bytes))
			require.NoError(t, err)
			same(t, c.want, got)
			require.Equal(t, unhex(t, c.bytes), encode(t, c.want))
		})
	}
}

func TestMalformedRequest(t *testing.T) {
	for rule, text := range map[string]string{
		"empty":                  "",
		"04 is not read-only":    "04",
		"08 is not read-only":    "08 01",
		"01 without PID":         "01",
		"01 seven PIDs":          "01 01 02 03 04 05 06 07",
		"02 without frame":       "02 02",
		"02 two frames":          "02 02 00 0C 01",
		"02 four PIDs":           "02 02 00 0C 00 0D 00 42 00",
		"03 with a parameter":    "03 00",
		"05 two tests":           "05 01 01 02 01",
		"09 two InfoTypes":       "09 02 04",
		"an answer, no request ": "41 0C 00 00",
	} {
		t.Run(rule, func(t *testing.T) {
			_, err := j1979.ParseRequest(unhex(t, text))
			malformed(t, err)
		})
	}
}

func TestRequestThatCannotBe(t *testing.T) {
	for rule, r := range map[string]j1979.Request{
		"04":        {Service: 4},
		"no PID":    {Service: 1},
		"seven":     {Service: 1, IDs: make([]byte, 7)},
		"03 with a": {Service: 3, IDs: []byte{1}},
	} {
		t.Run(rule, func(t *testing.T) {
			_, err := r.AppendBinary(nil)
			malformed(t, err)
		})
	}
}

func TestFormatErrorSaysWhat(t *testing.T) {
	_, err := j1979.ParseRequest([]byte{4})
	require.EqualError(t, err, "j1979: 04: service: got 04, want a service of J1979")
	_, err = j1979.ParseCodes([]byte{0x41, 0})
	require.EqualError(t, err, "j1979: 41: service: got 41, want an answer to 03 07 0A")
	_, err = j1979.ParseCodes(nil)
	require.EqualError(t, err, "j1979: 00: service: got nothing, want an answer to 03 07 0A")
}
