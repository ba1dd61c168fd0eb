package j1979_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/j1979"
)

func TestParseCodes(t *testing.T) {
	for rule, c := range map[string]struct {
		bytes string
		want  j1979.Codes
	}{
		"43 no code":           {"43 00", j1979.Codes{Service: 3}},
		"43 a count and codes": {"43 02 01 33 D0 16", j1979.Codes{Service: 3, Codes: []uint16{0x0133, 0xD016}}},
		"47 pending":           {"47 01 04 20", j1979.Codes{Service: 7, Codes: []uint16{0x0420}}},
		"4A permanent":         {"4A 01 04 20", j1979.Codes{Service: 0x0A, Codes: []uint16{0x0420}}},
	} {
		t.Run(rule, func(t *testing.T) {
			got, err := j1979.ParseCodes(unhex(t, c.bytes))
			require.NoError(t, err)
			same(t, c.want, got)
			require.Equal(t, unhex(t, c.bytes), encode(t, got))
		})
	}
	for rule, text := range map[string]string{
		"no count":                       "43",
		"fewer codes than counted":       "43 02 01 33",
		"more codes than counted":        "43 00 01 33",
		"half a code":                    "43 01 01",
		"without a count, as off CAN":    "43 01 33 00 00 00 00",
		"a service that gives no codes ": "41 00",
	} {
		t.Run(rule, func(t *testing.T) {
			_, err := j1979.ParseCodes(unhex(t, text))
			malformed(t, err)
		})
	}
	_, err := j1979.Codes{Service: 3, Codes: make([]uint16, 256)}.AppendBinary(nil)
	malformed(t, err)
}

func TestParseSensorTest(t *testing.T) {
	msg := unhex(t, "45 01 02 5A")
	got, err := j1979.ParseSensorTest(msg)
	require.NoError(t, err)
	same(t, j1979.SensorTest{TID: 1, Sensor: 2, Data: []byte{0x5A}}, got)
	require.Equal(t, msg, encode(t, got))

	for _, text := range []string{"", "45 01", "46 01 02"} {
		_, err := j1979.ParseSensorTest(unhex(t, text))
		malformed(t, err)
	}
}

func TestParseResults(t *testing.T) {
	msg := unhex(t, "46 01 81 0A 0B B0 00 00 FF FF 01 82 0B 00 01 00 00 00 02")
	got, err := j1979.ParseResults(msg)
	require.NoError(t, err)
	same(t, j1979.Results{
		{MID: 1, TID: 0x81, Unit: 0x0A, Value: 0x0BB0, Max: 0xFFFF},
		{MID: 1, TID: 0x82, Unit: 0x0B, Value: 1, Max: 2},
	}, got)
	require.Equal(t, msg, encode(t, got))

	for _, text := range []string{"", "46", "46 01 81 0A 0B B0 00 00 FF", "45 01 02"} {
		_, err := j1979.ParseResults(unhex(t, text))
		malformed(t, err)
	}
}

func info(t *testing.T, kind, count byte, data string) j1979.Info {
	t.Helper()
	msg := append([]byte{0x49, kind, count}, data...)
	got, err := j1979.ParseInfo(msg)
	require.NoError(t, err)
	require.Equal(t, msg, encode(t, got))
	return got
}

func TestVIN(t *testing.T) {
	for rule, data := range map[string]string{
		"17 characters":     vin,
		"NUL in front":      "\x00\x00\x00" + vin,
		"NUL at the end":    vin + "\x00",
		"17 of other signs": "-----------------",
	} {
		t.Run(rule, func(t *testing.T) {
			got, err := info(t, 2, 1, data).VIN()
			require.NoError(t, err)
			require.Equal(t, strings.Trim(data, "\x00"), got)
		})
	}
	for rule, data := range map[string]string{
		"all NUL":   strings.Repeat("\x00", 17),
		"all FF":    strings.Repeat("\xFF", 17),
		"all blank": strings.Repeat(" ", 17),
		"20 of NUL": strings.Repeat("\x00", 20),
	} {
		t.Run(rule, func(t *testing.T) {
			_, err := info(t, 2, 1, data).VIN()
			require.ErrorIs(t, err, j1979.ErrBlank)
		})
	}
}

func TestMalformedVIN(t *testing.T) {
	for rule, i := range map[string]j1979.Info{
		"16 characters":    info(t, 2, 1, vin[:16]),
		"18 characters":    info(t, 2, 1, vin+"X"),
		"count 0":          info(t, 2, 0, vin),
		"count 2":          info(t, 2, 2, vin),
		"another InfoType": info(t, 4, 1, vin),
		"a control sign":   info(t, 2, 1, "\x1F"+vin[1:]),
		"beyond ASCII":     info(t, 2, 1, "\x7F"+vin[1:]),
		"nothing":          info(t, 2, 1, ""),
	} {
		t.Run(rule, func(t *testing.T) {
			_, err := i.VIN()
			malformed(t, err)
			require.NotContains(t, err.Error(), vin[1:8])
		})
	}
}

func TestCalibrationIDs(t *testing.T) {
	got, err := info(t, 4, 2, "JMB*36761500\x00\x00\x00\x00"+"JMB*47872611    ").CalibrationIDs()
	require.NoError(t, err)
	require.Equal(t, []string{"JMB*36761500", "JMB*47872611"}, got)

	for rule, i := range map[string]j1979.Info{
		"shorter than counted": info(t, 4, 2, "JMB*36761500\x00\x00\x00\x00"),
		"no text":              info(t, 4, 1, "JMB*3676150\x01\x00\x00\x00\x00"),
		"another InfoType":     info(t, 2, 1, "JMB*36761500\x00\x00\x00\x00"),
	} {
		t.Run(rule, func(t *testing.T) {
			_, err := i.CalibrationIDs()
			malformed(t, err)
		})
	}
}

func TestCVNs(t *testing.T) {
	got, err := info(t, 6, 2, "\x17\x91\xBC\x82\x16\xE0\x62\xBE").CVNs()
	require.NoError(t, err)
	require.Equal(t, []uint32{0x1791BC82, 0x16E062BE}, got)

	_, err = info(t, 6, 1, "\x17\x91\xBC").CVNs()
	malformed(t, err)
}

func TestECUName(t *testing.T) {
	got, err := info(t, 0x0A, 1, "ECM\x00-EngineControl\x00\x00").ECUName()
	require.NoError(t, err)
	require.Equal(t, "ECM-EngineControl", got)

	for rule, i := range map[string]j1979.Info{
		"19 characters": info(t, 0x0A, 1, strings.Repeat("A", 19)),
		"two names":     info(t, 0x0A, 2, strings.Repeat("A", 40)),
		"no text":       info(t, 0x0A, 1, strings.Repeat("\xFF", 20)),
	} {
		t.Run(rule, func(t *testing.T) {
			_, err := i.ECUName()
			malformed(t, err)
		})
	}
}

func TestMalformedInfo(t *testing.T) {
	for rule, text := range map[string]string{"empty": "", "no count": "49 02", "another service": "41 02 01"} {
		t.Run(rule, func(t *testing.T) {
			_, err := j1979.ParseInfo(unhex(t, text))
			malformed(t, err)
		})
	}
}
