package telematics_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/telematics"
)

func TestText(t *testing.T) {
	for name, row := range map[string]struct {
		raw  string
		want telematics.Decoded
	}{
		"plain":               {"TCB4G", telematics.Decoded{Text: "TCB4G"}},
		"NUL behind":          {"8949\x00\x00", telematics.Decoded{Text: "8949"}},
		"FF behind":           {"8949\xff\xff", telematics.Decoded{Text: "8949"}},
		"blanks on both ends": {"  84 10 ", telematics.Decoded{Text: "84 10"}},
		"FF before, mixed":    {"\xff\x00 A\x00\xff ", telematics.Decoded{Text: "A"}},
		"nothing":             {"", telematics.Decoded{Blank: true}},
		"all NUL":             {"\x00\x00", telematics.Decoded{Blank: true}},
		"all FF":              {"\xff\xff", telematics.Decoded{Blank: true}},
		"all padding, mixed":  {"\xff \x00", telematics.Decoded{Blank: true}},
		"NUL inside":          {"A\x00B", telematics.Decoded{Text: "410042", Hex: true}},
		"not ASCII":           {"\x01\x80\xff", telematics.Decoded{Text: "0180FF", Hex: true}},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, row.want, telematics.Text([]byte(row.raw))) })
	}
}

func TestPackedDigits(t *testing.T) {
	for name, row := range map[string]struct {
		decode func([]byte) telematics.Decoded
		raw    []byte
		want   telematics.Decoded
	}{
		"BCD":               {telematics.BCD, []byte{0x35, 0x20, 0x99}, telematics.Decoded{Text: "352099"}},
		"BCD, F behind":     {telematics.BCD, []byte{0x35, 0x2F}, telematics.Decoded{Text: "352"}},
		"BCD, F before":     {telematics.BCD, []byte{0xF3, 0x52}, telematics.Decoded{Text: "352"}},
		"BCD, letters":      {telematics.BCD, []byte{0x89, 0x86, 0xA0}, telematics.Decoded{Text: "8986A0"}},
		"BCD, FF":           {telematics.BCD, []byte{0xFF, 0xFF}, telematics.Decoded{Blank: true}},
		"BCD, 00":           {telematics.BCD, []byte{0, 0}, telematics.Decoded{Blank: true}},
		"swapped":           {telematics.Swapped, []byte{0x98, 0x94, 0x21}, telematics.Decoded{Text: "894912"}},
		"swapped, F behind": {telematics.Swapped, []byte{0x98, 0x94, 0xF1}, telematics.Decoded{Text: "89491"}},
		"swapped, letters":  {telematics.Swapped, []byte{0x98, 0x68, 0x0A}, telematics.Decoded{Text: "8986A0"}},
		"swapped, FF":       {telematics.Swapped, []byte{0xFF}, telematics.Decoded{Blank: true}},
		"swapped, nothing":  {telematics.Swapped, nil, telematics.Decoded{Blank: true}},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, row.want, row.decode(row.raw)) })
	}
}

// pack writes digits as BCD, F filling up.
func pack(digits string, swap bool) []byte {
	if len(digits)%2 == 1 {
		digits += "?" // '?'-'0' is F
	}
	raw := make([]byte, 0, len(digits)/2)
	for i := 0; i < len(digits); i += 2 {
		hi, lo := digits[i]-'0', digits[i+1]-'0'
		if swap {
			hi, lo = lo, hi
		}
		raw = append(raw, hi<<4|lo)
	}
	return raw
}

func FuzzPackedDigits(f *testing.F) {
	f.Add([]byte(imei))
	f.Add([]byte(iccid))
	f.Add([]byte{0xFF, 0x00, 0xA1})
	f.Fuzz(func(t *testing.T, raw []byte) {
		telematics.BCD(raw)
		telematics.Swapped(raw)
		var digits strings.Builder
		for _, b := range raw {
			digits.WriteByte('0' + b%10)
		}
		for _, d := range []telematics.Decoded{
			telematics.BCD(pack(digits.String(), false)), telematics.Swapped(pack(digits.String(), true)),
		} {
			if !d.Blank { // a number of nothing but 00 and 20 looks like padding
				require.Equal(t, telematics.Decoded{Text: digits.String()}, d)
			}
		}
	})
}

func FuzzText(f *testing.F) {
	f.Add([]byte("TCB4G\x00"))
	f.Add([]byte("\xff\x80"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		d := telematics.Text(raw)
		require.Equal(t, d.Text == "", d.Blank)
		require.LessOrEqual(t, len(d.Text), 2*len(raw))
		if !d.Hex {
			padded := append(append([]byte{0, 0xFF}, d.Text...), ' ', 0xFF)
			require.Equal(t, d, telematics.Text(padded))
		}
	})
}
