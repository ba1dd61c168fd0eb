package telematics_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/telematics"
)

func TestParseVIN(t *testing.T) {
	vin, err := telematics.ParseVIN(" 1m8gdm9axkp042788\x00")
	require.NoError(t, err)
	require.Equal(t, telematics.VIN(vinUS), vin)
	require.Equal(t, "1M8", vin.WMI())

	_, err = telematics.ParseVIN("1M8GDM9A1KP042788")
	require.NoError(t, err, "a check digit that fails makes no other car of it")

	for text, problem := range map[string]telematics.Problem{
		"":                  telematics.Blank,
		"00000000000000000": telematics.Wiped,
		"1M8GDM9AXKP04278":  telematics.Length,
		"1M8GDM9AXKP04278I": telematics.Characters,
	} {
		_, err := telematics.ParseVIN(text)
		var wrong *telematics.VINError
		require.ErrorAs(t, err, &wrong)
		require.Equal(t, problem, wrong.Problem)
		require.EqualError(t, err, "telematics: not a VIN: "+string(problem))
	}
}

func TestVINRegion(t *testing.T) {
	for first, want := range map[string]telematics.Region{
		"A": telematics.Africa, "H": telematics.Africa, "J": telematics.Asia, "L": telematics.Asia, "R": telematics.Asia,
		"S": telematics.Europe, "Z": telematics.Europe, "1": telematics.NorthAmerica, "5": telematics.NorthAmerica,
		"6": telematics.Oceania, "7": telematics.Oceania, "8": telematics.SouthAmerica, "9": telematics.SouthAmerica,
	} {
		require.Equal(t, want, telematics.VIN(first+vinEU[1:]).Region(), first)
	}
}

func TestVINCheckDigit(t *testing.T) {
	require.True(t, telematics.VIN(vinUS).CheckDigitHolds(), "X stands for 10")
	require.True(t, telematics.VIN("11111111111111111").CheckDigitHolds())
	require.False(t, telematics.VIN("1M8GDM9A0KP042788").CheckDigitHolds())
	require.False(t, telematics.VIN("1M8GDM9AXKP042789").CheckDigitHolds())
}

func TestNoVINIsSafeToAsk(t *testing.T) {
	var none telematics.VIN
	year, ok := none.ModelYear(true)
	require.Zero(t, year)
	require.False(t, ok)
	require.Empty(t, none.WMI())
	require.Empty(t, none.Region())
	require.False(t, none.CheckDigitHolds())
}

// checked puts the right check digit into a VIN.
func checked(t *testing.T, vin string) telematics.VIN {
	t.Helper()
	for _, c := range "0123456789X" {
		v := telematics.VIN(vin[:8] + string(c) + vin[9:])
		if v.CheckDigitHolds() {
			return v
		}
	}
	t.Fatal("no check digit fits " + vin)
	return ""
}

func TestModelYear(t *testing.T) {
	for name, row := range map[string]struct {
		vin     string
		encodes bool
		year    int
	}{
		"America, digit in 7: first 30 years":       {vin: "1M8GDM9A0KP042788", year: 1989},
		"America, letter in 7: second":              {vin: "1M8GDMAA0KP042788", year: 2019},
		"America, A is the first":                   {vin: "1M8GDM9A0AP042788", year: 1980},
		"America, 9 is the last":                    {vin: "5M8GDMAA09P042788", year: 2039},
		"America, 0 is no year":                     {vin: "1M8GDMAA00P042788"},
		"America, U is no year":                     {vin: "1M8GDMAA0UP042788"},
		"America, Z is no year":                     {vin: "1M8GDMAA0ZP042788"},
		"China, letters":                            {vin: "LSVAA4AA0EA000001", year: 2014},
		"China, digit in 7: the rule is not theirs": {vin: "LSVAA41A0EA000001"},
		"China, digit in 10":                        {vin: "LSVAA4AA05A000001"},
		"Europe, nobody says so":                    {vin: "WBAAA1AA0HA000001"},
		"Europe, the profile says so":               {vin: "WBAAA1AA0HA000001", encodes: true, year: 2017},
		"Europe, Z even so":                         {vin: "WBAAA1AA0ZA000001", encodes: true},
		"Europe, digit in 7":                        {vin: "WBAAA11A0HA000001", encodes: true},
	} {
		t.Run(name, func(t *testing.T) {
			vin := checked(t, row.vin)
			year, ok := vin.ModelYear(row.encodes)
			require.Equal(t, row.year, year)
			require.Equal(t, row.year != 0, ok)

			wrong := vin[:16] + "9"
			year, ok = wrong.ModelYear(row.encodes)
			require.False(t, ok, "the check digit does not hold")
			require.Zero(t, year)
		})
	}
}

func FuzzVIN(f *testing.F) {
	f.Add(vinUS, true)
	f.Add("\x00\xffWBA", false)
	f.Fuzz(func(t *testing.T, text string, encodes bool) {
		telematics.VIN(text).ModelYear(encodes)
		vin, err := telematics.ParseVIN(text)
		if err != nil {
			require.Empty(t, vin)
			return
		}
		require.Len(t, string(vin), 17)
		again, err := telematics.ParseVIN(string(vin))
		require.NoError(t, err)
		require.Equal(t, vin, again)
		if year, ok := vin.ModelYear(encodes); ok {
			require.True(t, vin.CheckDigitHolds() && year >= 1980 && year <= 2039)
		}
	})
}
