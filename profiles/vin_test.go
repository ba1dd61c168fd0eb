package profiles

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// withCheckDigit puts the right digit into position 9.
func withCheckDigit(t *testing.T, vin string) string {
	t.Helper()
	for _, c := range "0123456789X" {
		if v := vin[:8] + string(c) + vin[9:]; checkDigitHolds(v) {
			return v
		}
	}
	t.Fatalf("%s: no check digit holds", vin)
	return ""
}

func TestCheckDigit(t *testing.T) {
	rows := map[string]struct {
		vin  string
		want bool
	}{
		"all ones, the textbook case": {"11111111111111111", true},
		"published example":           {"1M8GDM9AXKP042788", true},
		"one digit off":               {"1M8GDM9AXKP042789", false},
		"two digits swapped":          {"1M8GDM9AXKP042878", false},
		"letter that no VIN has":      {"1M8GDM9AXKP04278O", false},
		"dot":                         {"1M8GDM9AXKP04278.", false},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) { require.Equal(t, row.want, checkDigitHolds(row.vin)) })
	}
}

func TestModelYear(t *testing.T) {
	rows := map[string]struct {
		vin     string
		encoded bool
		want    int
	}{
		"encoded, check digit holds":      {withCheckDigit(t, "WBA1A1C50HE000001"), true, 2017},
		"not encoded outside of America":  {withCheckDigit(t, "WBA1A1C50HE000001"), false, 0},
		"North America":                   {withCheckDigit(t, "1FA1A1C50HE000001"), false, 2017},
		"Mexico":                          {withCheckDigit(t, "3VW1A1C50AE000001"), false, 2010},
		"China":                           {withCheckDigit(t, "LRW1A1C50LE000001"), false, 2020},
		"South America":                   {withCheckDigit(t, "9BW1A1C50LE000001"), false, 0},
		"check digit does not hold":       {"WBA1A1C5?HE000001", true, 0},
		"digit":                           {withCheckDigit(t, "WBA1A1C509E000001"), true, 2009},
		"first of the cycle":              {withCheckDigit(t, "WBA1A1C501E000001"), true, 2001},
		"last of the cycle":               {withCheckDigit(t, "WBA1A1C50YE000001"), true, 2030},
		"0 is no year":                    {withCheckDigit(t, "WBA1A1C500E000001"), true, 0},
		"U is no year":                    {withCheckDigit(t, "WBA1A1C50UE000001"), true, 0},
		"Z is no year":                    {withCheckDigit(t, "WBA1A1C50ZE000001"), true, 0},
		"too short":                       {"WBA1A1C50HE00000", true, 0},
		"nothing":                         {"", true, 0},
		"a year that the check digit hid": {withCheckDigit(t, "WBA1A1C50TE000001"), true, 2026},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) { require.Equal(t, row.want, modelYear(row.vin, row.encoded)) })
	}
}
