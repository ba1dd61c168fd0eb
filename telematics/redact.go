package telematics

import "strings"

// Shortest runs of digits that may be a modem's or subscriber's number. An IMEI
// without its check digit has 14; after a plus a telephone number has 8.
const (
	leastNumber = 14
	leastDialed = 8
)

// RedactText masks in free text whatever may be an identifier: runs of 14 and
// more digits, telephone numbers after a plus, ICCIDs with letters, words that
// could be a VIN. It cannot know the kind, so it shows only what every kind of
// that length may show. Text keeps its length. It is for logs; a recording's
// bytes are no text.
func RedactText(text string) string {
	var out strings.Builder
	for text != "" {
		word := text[:wordEnd(text)]
		plus := strings.HasSuffix(out.String(), "+")
		out.WriteString(redactWord(word, plus))
		text = text[len(word):]
		if text != "" {
			out.WriteByte(text[0])
			text = text[1:]
		}
	}
	return out.String()
}

func wordEnd(s string) int {
	for i := range len(s) {
		if !isDigit(s[i]) && !isLetter(s[i]) {
			return i
		}
	}
	return len(s)
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func redactWord(word string, plus bool) string {
	upper := strings.ToUpper(word)
	switch {
	case plus && digits(word) && len(word) >= leastDialed:
		return Mask(KindMSISDN, word)
	case vinShaped(upper):
		return MaskLog(KindVIN, word)
	case iccidShaped(upper):
		return Mask(KindICCID, word)
	}
	return redactNumbers(word)
}

// vinShaped asks for a digit among the letters: plain words of 17 letters exist.
func vinShaped(word string) bool {
	_, problem := vinForm(word)
	return problem != Characters && problem != Length &&
		strings.ContainsAny(word, "0123456789") && !digits(word)
}

func iccidShaped(word string) bool {
	_, problem := iccidForm(word)
	return problem == "" || problem == IssuerLetters || problem == IssuerCheckDigit || problem == CheckDigit
}

// redactNumbers masks the runs of digits within a word.
func redactNumbers(word string) string {
	out := []byte(word)
	for start := 0; start < len(word); {
		end := start
		for end < len(word) && isDigit(word[end]) {
			end++
		}
		if end-start >= leastNumber {
			copy(out[start:end], redactNumber(word[start:end]))
		}
		start = end + 1
	}
	return string(out)
}

// redactNumber: 15 digits may be an IMEI or an IMSI, of which the first 5 are
// what both may show.
func redactNumber(number string) string {
	switch len(number) {
	case imeiDigits:
		return Mask(KindIMSI, number)
	case imeisvDigits:
		return Mask(KindIMEISV, number)
	case eidDigits:
		return Mask(KindEID, number)
	}
	return Mask("", number)
}
