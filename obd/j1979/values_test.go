package j1979_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/j1979"
)

func TestParseValues(t *testing.T) {
	for _, c := range []struct {
		rule, bytes string
		asked       []byte
		want        j1979.Values
	}{
		{"one PID", "41 0C 1A F8", []byte{0x0C}, j1979.Values{Service: 1, Values: []j1979.Value{{0x0C, []byte{0x1A, 0xF8}}}}},
		{"several PIDs are split by their lengths", "41 0C 1A F8 0D 32 42 36 B0", []byte{0x0C, 0x0D, 0x42}, j1979.Values{
			Service: 1, Values: []j1979.Value{{0x0C, []byte{0x1A, 0xF8}}, {0x0D, []byte{0x32}}, {0x42, []byte{0x36, 0xB0}}},
		}},
		{"any order", "41 0D 0C 0C 0D 0D", []byte{0x0C, 0x0D}, j1979.Values{
			Service: 1, Values: []j1979.Value{{0x0D, []byte{0x0C}}, {0x0C, []byte{0x0D, 0x0D}}},
		}},
		{"what is not supported is left out", "41 0D 32", []byte{0x0C, 0x0D}, j1979.Values{Service: 1, Values: []j1979.Value{{0x0D, []byte{0x32}}}}},
		{"one PID of unknown length takes all", "41 A6 00 01 23 45", []byte{0xA6}, j1979.Values{
			Service: 1, Values: []j1979.Value{{0xA6, []byte{0, 1, 0x23, 0x45}}},
		}},
		{"02 with a frame", "42 02 00 04 20", []byte{2}, j1979.Values{Service: 2, Values: []j1979.Value{{2, []byte{4, 0x20}}}}},
		{"02 two PIDs of frame 1", "42 0C 01 00 00 0D 01 10", []byte{0x0C, 0x0D}, j1979.Values{
			Service: 2, Frame: 1, Values: []j1979.Value{{0x0C, []byte{0, 0}}, {0x0D, []byte{0x10}}},
		}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got, err := j1979.ParseValues(unhex(t, c.bytes), c.asked...)
			require.NoError(t, err)
			same(t, c.want, got)
			require.Equal(t, unhex(t, c.bytes), encode(t, got))
		})
	}
}

func TestMalformedValues(t *testing.T) {
	for _, c := range []struct {
		rule, bytes string
		asked       []byte
	}{
		{"empty", "", []byte{0x0C}},
		{"another service", "49 02 01", []byte{0x02}},
		{"nothing", "41", []byte{0x0C}},
		{"short", "41 0C 1A", []byte{0x0C}},
		{"long", "41 0D 32 00", []byte{0x0D}},
		{"a PID that was not asked for", "41 0D 32", []byte{0x0C}},
		{"a PID twice", "41 0D 32 0D 32", []byte{0x0C, 0x0D}},
		{"a PID of unknown length among several", "41 0D 32 A6 00 01 23 45", []byte{0x0D, 0xA6}},
		{"a PID of unknown length without data", "41 A6", []byte{0xA6}},
		{"02 without frame", "42 02", []byte{2}},
		{"02 two frames", "42 0C 00 00 00 0D 01 10", []byte{0x0C, 0x0D}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			_, err := j1979.ParseValues(unhex(t, c.bytes), c.asked...)
			malformed(t, err)
		})
	}
}

func TestLength(t *testing.T) {
	for pid, want := range map[byte]int{
		0x00: 4, 0x01: 4, 0x02: 2, 0x05: 1, 0x0C: 2, 0x0D: 1, 0x0F: 1, 0x10: 2, 0x13: 1, 0x14: 2, 0x1B: 2, 0x1C: 1, 0x1F: 2,
		0x20: 4, 0x21: 2, 0x24: 4, 0x2B: 4, 0x2C: 1, 0x30: 1, 0x31: 2, 0x33: 1, 0x34: 4, 0x3B: 4, 0x3C: 2, 0x3F: 2,
		0x40: 4, 0x42: 2, 0x44: 2, 0x45: 1, 0x4C: 1, 0x4D: 2, 0x4E: 2, 0x4F: 4, 0x50: 4, 0x51: 1, 0x53: 2, 0x59: 2, 0x5C: 1, 0x5F: 1,
		0x60: 4, 0xE0: 4,
	} {
		n, ok := j1979.Length(pid)
		require.True(t, ok, "PID %02X", pid)
		require.Equal(t, want, n, "PID %02X", pid)
	}
	for _, pid := range []byte{0x06, 0x09, 0x55, 0x58, 0x61, 0xA6, 0xFF} {
		_, ok := j1979.Length(pid)
		require.False(t, ok, "PID %02X", pid)
	}
}

func TestScaling(t *testing.T) {
	status, err := j1979.Value{PID: 0x01, Data: []byte{0x83, 0x07, 0x65, 0x04}}.Status()
	require.NoError(t, err)
	require.Equal(t, j1979.Status{MIL: true, Codes: 3}, status)

	rpm, err := j1979.Value{PID: 0x0C, Data: []byte{0x1A, 0xF9}}.EngineSpeed()
	require.NoError(t, err)
	require.InDelta(t, 1726.25, rpm, 0)

	speed, err := j1979.Value{PID: 0x0D, Data: []byte{0xFF}}.Speed()
	require.NoError(t, err)
	require.Equal(t, 255, speed)

	volts, err := j1979.Value{PID: 0x42, Data: []byte{0x30, 0x39}}.Voltage()
	require.NoError(t, err)
	require.InDelta(t, 12.345, volts, 1e-9)

	standard, err := j1979.Value{PID: 0x1C, Data: []byte{6}}.Standard()
	require.NoError(t, err)
	require.Equal(t, "EOBD", standard.String())
	require.Equal(t, "standard 99", j1979.Standard(99).String())

	fuel, err := j1979.Value{PID: 0x51, Data: []byte{8}}.FuelType()
	require.NoError(t, err)
	require.Equal(t, j1979.Electric, fuel)
	require.Equal(t, "electric", fuel.String())
	require.Equal(t, "bifuel running diesel", j1979.FuelType(23).String())
	require.Equal(t, "fuel type 24", j1979.FuelType(24).String())
}

func TestScalingChecksPIDAndLength(t *testing.T) {
	scale := map[byte]func(j1979.Value) error{
		0x01: func(v j1979.Value) error { _, err := v.Status(); return err },
		0x0C: func(v j1979.Value) error { _, err := v.EngineSpeed(); return err },
		0x0D: func(v j1979.Value) error { _, err := v.Speed(); return err },
		0x1C: func(v j1979.Value) error { _, err := v.Standard(); return err },
		0x42: func(v j1979.Value) error { _, err := v.Voltage(); return err },
		0x51: func(v j1979.Value) error { _, err := v.FuelType(); return err },
	}
	for pid, f := range scale {
		n, _ := j1979.Length(pid)
		require.NoError(t, f(j1979.Value{PID: pid, Data: make([]byte, n)}), "PID %02X", pid)
		malformed(t, f(j1979.Value{PID: pid, Data: make([]byte, n+1)}))
		malformed(t, f(j1979.Value{PID: pid}))
		malformed(t, f(j1979.Value{PID: pid + 1, Data: make([]byte, n)}))
	}
}
