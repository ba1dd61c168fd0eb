package j1979_test

import (
	"encoding"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/j1979"
)

func seed(f *testing.F) {
	f.Helper()
	for _, s := range []string{
		"", "01 0C 0D", "02 02 00", "03", "05 01 01", "09 02", "41 0C 1A F8 0D 32", "42 02 00 04 20", "43 01 04 20", "45 01 02 5A",
		"46 01 81 0A 0B B0 00 00 FF FF", "41 00 BE 3E B8 13", "49 06 01 17 91 BC 82",
		"49 02 01 57 42 41 38 45 39 43 35 30 47 4B 31 32 33 34 35 36", "62 F8 02 01 57 42 41 38 45 39 43 35 30 47 4B 31 32 33 34 35 36",
		"59 42 33 FF 1E 04 02 03 01 00 08", "59 55 33 FF 04 03 01 7B 08",
	} {
		f.Add(unhex(f, s))
	}
}

// roundTrip checks that encoding gives back what was decoded.
func roundTrip[T encoding.BinaryAppender](t *testing.T, msg []byte, parse func([]byte) (T, error)) {
	t.Helper()
	v, err := parse(msg)
	if err != nil {
		malformed(t, err)
		return
	}
	require.Equal(t, msg, encode(t, v))
}

func FuzzParseRequest(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, msg []byte) { roundTrip(t, msg, j1979.ParseRequest) })
}

func FuzzParseAnswer(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, msg []byte) {
		roundTrip(t, msg, j1979.ParseCodes)
		roundTrip(t, msg, j1979.ParseSensorTest)
		roundTrip(t, msg, j1979.ParseResults)
		roundTrip(t, msg, j1979.ParseDatum)
		roundTrip(t, msg, j1979.ParseFaults)
	})
}

func FuzzParseMasks(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, msg []byte) {
		masks, err := j1979.ParseMasks(msg)
		if err != nil {
			malformed(t, err)
			return
		}
		var s j1979.Set
		for _, m := range masks {
			require.True(t, j1979.IsMask(m.Base))
			s.Add(m)
		}
	})
}

func FuzzParseValues(f *testing.F) {
	f.Add([]byte{0x41, 0x0C, 0x1A, 0xF8, 0x0D, 0x32}, []byte{0x0C, 0x0D})
	f.Add([]byte{0x42, 0x02, 0x00, 0x04, 0x20}, []byte{0x02})
	f.Fuzz(func(t *testing.T, msg, asked []byte) {
		roundTrip(t, msg, func(b []byte) (j1979.Values, error) { return j1979.ParseValues(b, asked...) })
	})
}

func FuzzParseInfo(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, msg []byte) {
		roundTrip(t, msg, j1979.ParseInfo)
		i, err := j1979.ParseInfo(msg)
		if d, datumErr := j1979.ParseDatum(msg); datumErr == nil {
			i, err = d.Info()
		}
		if err != nil {
			return
		}
		if got, err := i.VIN(); err == nil {
			require.Len(t, got, 17)
		}
		if ids, err := i.CalibrationIDs(); err == nil {
			require.Len(t, ids, int(i.Count))
		}
		if cvns, err := i.CVNs(); err == nil {
			require.Len(t, cvns, int(i.Count))
		}
		if name, err := i.ECUName(); err == nil {
			require.LessOrEqual(t, len(name), 20)
		}
	})
}
