package profiles

import "strings"

const (
	vinLength = 17
	// The year code of position 10 repeats after 30 years. Cars that speak
	// diagnostics over CAN are of 2001 or later.
	yearCodes = "123456789ABCDEFGHJKLMNPRSTVWXY"
	firstYear = 2001
)

var vinWeights = [vinLength]int{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2}

// modelYear reads position 10 of a VIN. That it is the model year is law in
// North America and China, as the check digit is; elsewhere only where
// encoded says so and the check digit holds. 0: the VIN does not tell.
func modelYear(vin string, encoded bool) int {
	if len(vin) != vinLength || !encoded && !strings.Contains("12345L", vin[:1]) || !checkDigitHolds(vin) {
		return 0
	}
	i := strings.IndexByte(yearCodes, vin[9])
	if i < 0 {
		return 0
	}
	return firstYear + i
}

func checkDigitHolds(vin string) bool {
	sum := 0
	for i, weight := range vinWeights {
		value := vinValue(vin[i])
		if value < 0 {
			return false
		}
		sum += weight * value
	}
	return vin[8] == "0123456789X"[sum%11]
}

// vinValue is a character's value in the check digit's sum, -1 for those that
// no VIN has.
func vinValue(c byte) int {
	const values = "0123456789.ABCDEFGH..JKLMN.P.R..STUVWXYZ"
	i := strings.IndexByte(values, c)
	if i < 0 || c == '.' {
		return -1
	}
	return i % 10
}
