package j1979_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/untether-obd/untether/obd/j1979"
)

func TestParseMasks(t *testing.T) {
	for _, c := range []struct {
		rule, bytes string
		want        []j1979.Mask
	}{
		{"01 00", "41 00 BE 3E B8 13", []j1979.Mask{{0, [4]byte{0xBE, 0x3E, 0xB8, 0x13}}}},
		{"02 00 has a frame", "42 00 00 40 00 00 00", []j1979.Mask{{0, [4]byte{0x40}}}},
		{"05 00 has a sensor", "45 00 01 80 00 00 00", []j1979.Mask{{0, [4]byte{0x80}}}},
		{"06 two masks", "46 00 C0 00 00 01 20 80 00 00 00", []j1979.Mask{
			{0, [4]byte{0xC0, 0, 0, 1}}, {0x20, [4]byte{0x80}},
		}},
		{"09 00 has no count", "49 00 54 40 00 00", []j1979.Mask{{0, [4]byte{0x54, 0x40}}}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got, err := j1979.ParseMasks(unhex(t, c.bytes))
			require.NoError(t, err)
			same(t, c.want, got)
		})
	}
	for rule, text := range map[string]string{
		"nothing":           "41",
		"three bytes":       "41 00 BE 3E B8",
		"no mask":           "41 0C 00 00 00 00",
		"02 without frame":  "42 00 40 00 00 00",
		"a service without": "43 00 00 00 00 00",
	} {
		t.Run(rule, func(t *testing.T) {
			_, err := j1979.ParseMasks(unhex(t, text))
			malformed(t, err)
		})
	}
}

func TestSet(t *testing.T) {
	var s j1979.Set
	s.Add(j1979.Mask{Base: 0x00, Bits: [4]byte{0x80, 0, 0, 0x01}})
	s.Add(j1979.Mask{Base: 0x20, Bits: [4]byte{0x01, 0x80}})
	require.Equal(t, []byte{0x01, 0x20, 0x28, 0x29}, slices.Collect(s.All()))
	require.True(t, s.Has(0x20))
	require.False(t, s.Has(0x21))
}

func TestSetEndsAtFF(t *testing.T) {
	var s j1979.Set
	s.Add(j1979.Mask{Base: 0xE0, Bits: [4]byte{0xFF, 0xFF, 0xFF, 0xFF}})
	all := slices.Collect(s.All())
	require.Len(t, all, 31)
	require.Equal(t, byte(0xFF), all[30])
	require.False(t, s.Has(0x00))
	require.Equal(t, [4]byte{0xFF, 0xFF, 0xFF, 0xFE}, s.Mask(0xE0).Bits)
}

func TestSetAllStops(t *testing.T) {
	s := j1979.Set{}
	s.Put(1)
	s.Put(2)
	for id := range s.All() {
		require.Equal(t, byte(1), id)
		break
	}
}

func TestMaskIsReverseOfAdd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := j1979.Mask{Base: 0x20 * byte(rapid.IntRange(0, 6).Draw(t, "base"))}
		copy(m.Bits[:], rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "bits"))
		var s j1979.Set
		s.Add(m)
		require.Equal(t, m, s.Mask(m.Base))
	})
}
