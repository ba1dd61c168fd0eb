package canlog

import "bytes"

// head is what an error may show of a line: times, then an interface's name,
// then an identifier, as far as they stand at its beginning. Nothing else is,
// as it could be payload in a form that is not known.
func head(line []byte) string {
	shown, rest := 0, line
	for named := false; len(rest) > 0; {
		w, behind := word(rest)
		end := len(line) - len(rest) + len(w)
		switch {
		case named:
			if digits := identifier(w); digits > 0 {
				shown = end - len(w) + digits
			}
			return string(line[:shown])
		case isTime(w):
		case isName(w):
			named = true
		default:
			return string(line[:shown])
		}
		shown, rest = end, behind
	}
	return string(line[:shown])
}

// identifier measures the digits before # or blank: an identifier has three
// or eight.
func identifier(w []byte) int {
	id, _, _ := bytes.Cut(w, []byte("#"))
	for _, c := range id {
		if nibble(c) == noHex {
			return 0
		}
	}
	if len(id) != 3 && len(id) != 8 {
		return 0
	}
	return len(id)
}

// isTime wants a mark among the digits: digits alone can be anything.
func isTime(w []byte) bool {
	return len(w) <= 24 && len(bytes.Trim(w, "0123456789().:-")) == 0 && bytes.ContainsAny(w, "().:-")
}

// isName wants a letter that is no hexadecimal digit, and no more bytes than
// Linux grants an interface: a VIN has 17.
func isName(w []byte) bool {
	if len(w) > 15 {
		return false
	}
	letter := false
	for _, c := range w {
		if c <= ' ' || c >= 0x7F || bytes.IndexByte([]byte(`#'([{,;"`), c) >= 0 {
			return false
		}
		letter = letter || nibble(c) == noHex && (c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z')
	}
	return letter
}
