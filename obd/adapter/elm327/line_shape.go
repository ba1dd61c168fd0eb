package elm327

import (
	"encoding/hex"
	"strconv"
	"strings"
)

// classify says what a line without rubbish is, and gives what is glued behind
// a word that announces an answer: `SEARCHING...4100BE3EB811`. Hex is data
// only where data may be.
func classify(text string, data bool) (l line, rest string) {
	if w, rest, ok := announced(text); ok {
		return line{kind: kindWord, word: w, text: strings.TrimSuffix(text, rest)}, rest
	}
	if w := wordIn(text); w != wordNone {
		return line{kind: kindWord, word: w, text: text}, ""
	}
	if strings.Contains(compact(text), "ELM327") {
		return line{kind: kindBanner, text: text}, ""
	}
	if data {
		if l, ok := shaped(text); ok {
			return l, ""
		}
	}
	return line{kind: kindText, text: text}, ""
}

// shaped gives a line that is wholly hex.
func shaped(text string) (line, bool) {
	if len(text) == 3 && isHex(text) {
		n, _ := strconv.ParseUint(text, 16, 16)
		return line{kind: kindLength, text: text, length: int(n)}, true
	}
	if len(text) > 2 && text[1] == ':' && isHex(text[:1]) {
		data, ok := pairs(strings.TrimPrefix(text[2:], " "))
		n, _ := strconv.ParseUint(text[:1], 16, 8)
		return line{kind: kindIndex, text: text, index: int(n), data: data}, ok
	}
	head, body := idDigits(text)
	data, ok := pairs(body)
	l := line{kind: kindData, text: text, data: data}
	if head != "" && ok {
		id, err := strconv.ParseUint(head, 16, 32)
		ok = err == nil
		l.header, l.id = len(head), uint32(id)
	}
	return l, ok
}

// idDigits cuts the three digits of an 11-bit id off a line: with blanks they
// stand alone, without them the line has an odd number of digits.
func idDigits(text string) (head, body string) {
	if head, body, ok := strings.Cut(text, " "); ok {
		if len(head) == 3 {
			return head, body
		}
		return "", text
	}
	if len(text)%2 == 1 && len(text) > 3 {
		return text[:3], text[3:]
	}
	return "", text
}

// pairs decodes `41 00 BE` or `4100BE`: one way in a line. A first group of
// four pairs is a 29-bit id that was printed in one piece.
func pairs(text string) ([]byte, bool) {
	groups := strings.Split(text, " ")
	for i, g := range groups {
		if len(groups) > 1 && len(g) != 2 && (i != 0 || len(g) != 8) {
			return nil, false
		}
	}
	data, err := hex.DecodeString(strings.Join(groups, ""))
	return data, err == nil && len(data) > 0
}

func isHex(s string) bool {
	for _, c := range []byte(s) {
		if !strings.ContainsRune("0123456789ABCDEFabcdef", rune(c)) {
			return false
		}
	}
	return s != ""
}
