package telematics

// luhn reports whether the last of the digits is their Luhn check digit.
func luhn(digits string) bool { return luhnSum(digits)%10 == 0 }

// luhnDigit gives the check digit that digits lack.
func luhnDigit(digits string) string {
	return string(rune('0' + (10-luhnSum(digits+"0")%10)%10))
}

func luhnSum(digits string) int {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			d *= 2
			d = d/10 + d%10
		}
		sum += d
	}
	return sum
}

func mod97(digits string) int {
	rest := 0
	for i := range len(digits) {
		rest = (rest*10 + int(digits[i]-'0')) % 97
	}
	return rest
}
