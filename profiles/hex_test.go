package profiles

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHex(t *testing.T) {
	rows := map[string]struct{ text, want string }{
		"as people write":       {"22 D05A", "22 D05A"},
		"every byte apart":      {"22 D0 5A", "22 D05A"},
		"together, small":       {"22d05a", "22 D05A"},
		"one byte":              {"3E", "3E"},
		"two bytes":             {"2104", "21 04"},
		"odd number of digits":  {"22 D05", ""},
		"blank within a byte":   {"2 2D05A", ""},
		"two blanks":            {"22  D05A", ""},
		"blank at the end":      {"22 ", ""},
		"nothing":               {"", ""},
		"letters that are none": {"22 XY", ""},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			var h Hex
			err := h.UnmarshalText([]byte(row.text))
			if row.want == "" {
				require.ErrorContains(t, err, "is not hex bytes")
				require.Nil(t, h)
				return
			}
			require.NoError(t, err)
			text, err := h.MarshalText()
			require.NoError(t, err)
			require.Equal(t, row.want, string(text))
		})
	}
}

func TestHexByte(t *testing.T) {
	var b HexByte
	require.NoError(t, b.UnmarshalText([]byte("c0")))
	text, err := b.MarshalText()
	require.NoError(t, err)
	require.Equal(t, "C0", string(text))
	for _, wrong := range []string{"", "C", "C00", "1C00", "XY"} {
		require.ErrorContains(t, b.UnmarshalText([]byte(wrong)), "two hex digits", wrong)
	}
}

func FuzzHex(f *testing.F) {
	f.Add([]byte{0x22, 0xD0, 0x5A})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == 0 {
			return
		}
		text, err := Hex(b).MarshalText()
		require.NoError(t, err)
		var back Hex
		require.NoError(t, back.UnmarshalText(text))
		require.Equal(t, Hex(b), back)
	})
}
