package transport

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAddressText(t *testing.T) {
	for _, c := range []struct {
		text string
		want Address
	}{
		{"754/75C", Address{TX: 0x754, RX: 0x75C, RXLast: 0x75C}},
		{"18DAC6F1/18DAF1C6", Address{TX: 0x18DAC6F1, RX: 0x18DAF1C6, RXLast: 0x18DAF1C6, Extended: true}},
		{"6F1:61/661:F1", Address{TX: 0x6F1, RX: 0x661, RXLast: 0x661, HasAE: true, TXAE: 0x61, RXAE: 0xF1}},
		{"750:C7/758:C7", Address{TX: 0x750, RX: 0x758, RXLast: 0x758, HasAE: true, TXAE: 0xC7, RXAE: 0xC7}},
		{"7DF/7E8-7EF", Address{TX: 0x7DF, RX: 0x7E8, RXLast: 0x7EF}},
		{"18DB33F1/18DAF1xx", Address{TX: 0x18DB33F1, RX: 0x18DAF100, RXLast: 0x18DAF1FF, Extended: true}},
		{"6F1:DF/600-6FF:F1", Address{TX: 0x6F1, RX: 0x600, RXLast: 0x6FF, HasAE: true, TXAE: 0xDF, RXAE: 0xF1}},
		{"754/75C@fd", Address{TX: 0x754, RX: 0x75C, RXLast: 0x75C, FD: true}},
	} {
		t.Run(c.text, func(t *testing.T) {
			got, err := ParseAddress(c.text)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
			require.Equal(t, c.text, got.String())
		})
	}
	got, err := ParseAddress("18dac6f1/18daf1c6")
	require.NoError(t, err, "hex digits of either case")
	require.Equal(t, "18DAC6F1/18DAF1C6", got.String())
}

func TestAddressRefused(t *testing.T) {
	for name, text := range map[string]string{
		"empty":                        "",
		"no response":                  "754",
		"two digits":                   "54/75C",
		"above 7FF":                    "854/75C",
		"above 1FFFFFFF":               "28DAC6F1/18DAF1C6",
		"mixed widths":                 "754/18DAF1C6",
		"mixed widths in a range":      "7DF/7E8-18DAF1C6",
		"address byte on one side":     "6F1:61/661",
		"address byte on the other":    "6F1/661:F1",
		"address byte of one digit":    "6F1:6/661:F1",
		"range backwards":              "7DF/7EF-7E8",
		"request is its own response":  "754/754",
		"request among the responses":  "7EA/7E8-7EF",
		"not hex":                      "75G/75C",
		"rest after the response":      "754/75C@xx",
		"wildcard in an 11-bit number": "7DF/7xx",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseAddress(text)
			require.Error(t, err)
			require.Panics(t, func() { MustAddress(text) })
		})
	}
}

func TestResponder(t *testing.T) {
	for _, c := range []struct {
		functional string
		rx         uint32
		want       string
	}{
		{"7DF/7E8-7EF", 0x7EA, "7E2/7EA"},
		{"18DB33F1/18DAF1xx", 0x18DAF1C6, "18DAC6F1/18DAF1C6"},
		{"6F1:DF/600-6FF:F1", 0x661, "6F1:61/661:F1"},
	} {
		a, ok := MustAddress(c.functional).Responder(c.rx)
		require.True(t, ok)
		require.Equal(t, c.want, a.String())
	}
	_, ok := MustAddress("7DF/7E8-7EF").Responder(0x7F0)
	require.False(t, ok, "not in the range")
	_, ok = MustAddress("754/75C").Responder(0x75C)
	require.False(t, ok, "not functional")
}

func TestReversed(t *testing.T) {
	a := MustAddress("6F1:61/661:F1")
	require.Equal(t, "661:F1/6F1:61", a.Reversed().String())
	require.Equal(t, a, a.Reversed().Reversed())
}

func FuzzAddress(f *testing.F) {
	for _, s := range []string{"754/75C", "6F1:61/661:F1", "18DB33F1/18DAF1xx", "7DF/7E8-7EF@fd"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAddress(s)
		if err != nil {
			return
		}
		again, err := ParseAddress(a.String())
		if err != nil || again != a {
			t.Fatalf("%q became %q: %v", s, a, err)
		}
	})
}
