package j1979_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/j1979"
)

func TestDID(t *testing.T) {
	for _, c := range []struct {
		service, id byte
		did         uint16
	}{{0x01, 0x0D, 0xF40D}, {0x06, 0x21, 0xF621}, {0x09, 0x02, 0xF802}} {
		did, ok := j1979.DID(c.service, c.id)
		require.True(t, ok)
		require.Equal(t, c.did, did)
		service, id, ok := j1979.FromDID(did)
		require.True(t, ok)
		require.Equal(t, [2]byte{c.service, c.id}, [2]byte{service, id})
	}
	_, ok := j1979.DID(0x03, 0)
	require.False(t, ok)
	_, _, ok = j1979.FromDID(0xF190)
	require.False(t, ok)
}

func datum(t *testing.T, bytes string) j1979.Datum {
	t.Helper()
	d, err := j1979.ParseDatum(unhex(t, bytes))
	require.NoError(t, err)
	require.Equal(t, unhex(t, bytes), encode(t, d))
	return d
}

func TestDatumMask(t *testing.T) {
	m, err := datum(t, "62 F8 00 55 40 00 00").Mask()
	require.NoError(t, err)
	require.Equal(t, j1979.Mask{Bits: [4]byte{0x55, 0x40}}, m)

	for _, text := range []string{"62 F8 00 55 40 00", "62 F8 02 55 40 00 00"} {
		_, err := datum(t, text).Mask()
		malformed(t, err)
	}
}

func TestDatumValue(t *testing.T) {
	v, err := datum(t, "62 F4 0D 32").Value()
	require.NoError(t, err)
	same(t, j1979.Value{PID: 0x0D, Data: []byte{0x32}}, v)
	v, err = datum(t, "62 F4 A6 00 01 23 45").Value()
	require.NoError(t, err, "a PID of unknown length")
	require.Len(t, v.Data, 4)

	for _, text := range []string{"62 F4 0D 32 00", "62 F8 0D 32"} {
		_, err := datum(t, text).Value()
		malformed(t, err)
	}
}

func TestDatumInfo(t *testing.T) {
	for rule, data := range map[string]string{
		"no count":            vin,
		"count":               "\x01" + vin,
		"NUL instead":         "\x00" + vin,
		"NUL, three of them ": "\x00\x00\x00" + vin,
	} {
		t.Run(rule, func(t *testing.T) {
			i, err := j1979.Datum{Service: 9, ID: 2, Data: []byte(data)}.Info()
			require.NoError(t, err)
			got, err := i.VIN()
			require.NoError(t, err)
			require.Equal(t, vin, got)
		})
	}

	i, err := j1979.Datum{Service: 9, ID: 2, Data: make([]byte, 17)}.Info()
	require.NoError(t, err)
	_, err = i.VIN()
	require.ErrorIs(t, err, j1979.ErrBlank)

	i, err = j1979.Datum{Service: 9, ID: 4, Data: []byte("\x02" + strings.Repeat("A", 32))}.Info()
	require.NoError(t, err)
	ids, err := i.CalibrationIDs()
	require.NoError(t, err)
	require.Len(t, ids, 2)
}

func TestMalformedDatum(t *testing.T) {
	for rule, text := range map[string]string{
		"empty": "", "no identifier": "62 F8", "an identifier of UDS": "62 F1 90 41", "another service": "41 0D 32",
	} {
		t.Run(rule, func(t *testing.T) {
			_, err := j1979.ParseDatum(unhex(t, text))
			malformed(t, err)
		})
	}
	for rule, d := range map[string]j1979.Datum{
		"a VIN too short":                {Service: 9, ID: 2, Data: []byte(vin[:16])},
		"a count that is not true":       {Service: 9, ID: 4, Data: []byte("\x02" + strings.Repeat("A", 16))},
		"an InfoType that is not known":  {Service: 9, ID: 8, Data: []byte{1, 2}},
		"a PID is no InfoType":           {Service: 1, ID: 2, Data: []byte{1, 2}},
		"more items than a count can be": {Service: 9, ID: 6, Data: make([]byte, 4*256)},
	} {
		t.Run(rule, func(t *testing.T) {
			_, err := d.Info()
			malformed(t, err)
		})
	}
	_, err := j1979.Datum{Service: 3}.AppendBinary(nil)
	malformed(t, err)
}

func TestCodesRequest(t *testing.T) {
	for service, want := range map[byte]string{3: "19 42 33 08 1E", 7: "19 42 33 04 1E", 0x0A: "19 55 33"} {
		got, err := j1979.CodesRequest(service)
		require.NoError(t, err)
		require.Equal(t, unhex(t, want), got)
	}
	_, err := j1979.CodesRequest(4)
	malformed(t, err)
}

func TestParseFaults(t *testing.T) {
	for rule, c := range map[string]struct {
		bytes string
		want  j1979.Faults
	}{
		"42 no code": {"59 42 33 FF 1E 04", j1979.Faults{StatusMask: 0xFF, SeverityMask: 0x1E, Format: 4}},
		"42 severity, code, status": {"59 42 33 FF 1E 04 02 03 01 00 08 02 04 20 00 0C", j1979.Faults{
			StatusMask: 0xFF, SeverityMask: 0x1E, Format: 4,
			Faults: []j1979.Fault{{2, [3]byte{3, 1, 0}, 8}, {2, [3]byte{4, 0x20, 0}, 0x0C}},
		}},
		"55 no code": {"59 55 33 FF 04", j1979.Faults{Permanent: true, StatusMask: 0xFF, Format: 4}},
		"55 code, status": {"59 55 33 FF 04 03 01 7B 08", j1979.Faults{
			Permanent: true, StatusMask: 0xFF, Format: 4, Faults: []j1979.Fault{{0, [3]byte{3, 1, 0x7B}, 8}},
		}},
	} {
		t.Run(rule, func(t *testing.T) {
			got, err := j1979.ParseFaults(unhex(t, c.bytes))
			require.NoError(t, err)
			same(t, c.want, got)
			require.Equal(t, unhex(t, c.bytes), encode(t, got))
		})
	}
	for rule, text := range map[string]string{
		"empty":                "",
		"another report":       "59 02 FF",
		"another group":        "59 42 D0 FF 1E 04",
		"42 without format":    "59 42 33 FF 1E",
		"42 half a code":       "59 42 33 FF 1E 04 02 03 01",
		"55 without format":    "59 55 33 FF",
		"55 with severity":     "59 55 33 FF 04 02 03 01 7B 08",
		"an answer of J1979":   "43 00",
		"an answer without it": "59",
	} {
		t.Run(rule, func(t *testing.T) {
			_, err := j1979.ParseFaults(unhex(t, text))
			malformed(t, err)
		})
	}
}
