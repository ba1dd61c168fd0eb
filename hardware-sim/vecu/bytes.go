package vecu

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Bytes is a literal message, written as people write it:
//
//	62 D05A "894902" 00*4 {supply}
//
// hex digits, ASCII text in double quotes, a byte and how often, and holes
// that are filled when the message is sent.
type Bytes struct {
	Data  []byte
	holes []hole
}

// hole is a value of a fixed length at a place in the message.
type hole struct {
	at   int
	name string
}

// holes are the values that a car fills in, big-endian, by their length.
var holeLength = map[string]int{
	"speed":  1, // km/h
	"supply": 2, // mV
	"rpm":    2, // quarters of a turn a minute
}

// maxBytes is what ISO-TP carries without the escape sequence.
const maxBytes = 4095

// Pattern is a request; .. stands for any byte.
type Pattern struct {
	Data []byte
	any  []bool // where .. is; nil if it is nowhere
}

// UnmarshalText reads the text form.
func (b *Bytes) UnmarshalText(text []byte) error {
	p, err := parse(string(text))
	if err == nil && p.any != nil {
		err = fmt.Errorf("%q: .. only stands in requests", text)
	}
	if err == nil {
		*b = Bytes{p.data, p.holes}
	}
	return err
}

// UnmarshalText reads the text form.
func (b *Pattern) UnmarshalText(text []byte) error {
	p, err := parse(string(text))
	if err == nil && p.holes != nil {
		err = fmt.Errorf("%q: holes only stand in responses", text)
	}
	if err == nil {
		*b = Pattern{p.data, p.any}
	}
	return err
}

// String writes hex and, where a request has them, dots.
func (b Pattern) String() string {
	var s strings.Builder
	for i, v := range b.Data {
		if b.any != nil && b.any[i] {
			s.WriteString("..")
		} else {
			fmt.Fprintf(&s, "%02X", v)
		}
	}
	return s.String()
}

func (b *Pattern) match(req []byte) bool { return len(req) == len(b.Data) && b.Begins(req) }

// Begins reports whether a request begins as the pattern says.
func (b *Pattern) Begins(req []byte) bool {
	if len(req) < len(b.Data) {
		return false
	}
	for i, v := range b.Data {
		if v != req[i] && (b.any == nil || !b.any[i]) {
			return false
		}
	}
	return true
}

// message is what a text is parsed into.
type message struct {
	data  []byte
	any   []bool
	holes []hole
}

func parse(text string) (m message, err error) {
	for rest := strings.TrimLeft(text, " "); rest != ""; rest = strings.TrimLeft(rest, " ") {
		if rest, err = m.part(rest); err != nil {
			return message{}, fmt.Errorf("%q: %w", text, err)
		}
		if len(m.data) > maxBytes {
			return message{}, fmt.Errorf("more than %d bytes", maxBytes)
		}
	}
	if len(m.data) == 0 {
		return message{}, fmt.Errorf("no bytes")
	}
	return m, nil
}

// part takes one part of the text and gives the rest.
func (m *message) part(s string) (rest string, err error) {
	if text, ok := strings.CutPrefix(s, `"`); ok {
		text, rest, closed := strings.Cut(text, `"`)
		if !closed {
			return "", fmt.Errorf("a text without end")
		}
		m.add([]byte(text), false)
		return rest, nil
	}
	word, rest, _ := strings.Cut(s, " ")
	if name, ok := strings.CutPrefix(word, "{"); ok {
		return rest, m.hole(name)
	}
	if value, times, ok := strings.Cut(word, "*"); ok {
		return rest, m.repeat(value, times)
	}
	return rest, m.hex(word)
}

func (m *message) add(data []byte, anything bool) {
	m.data = append(m.data, data...)
	if anything || m.any != nil {
		m.any = append(m.any, make([]bool, len(m.data)-len(m.any))...)
		for i := len(m.data) - len(data); i < len(m.data); i++ {
			m.any[i] = anything
		}
	}
}

func (m *message) hole(name string) error {
	name, closed := strings.CutSuffix(name, "}")
	if !closed {
		return fmt.Errorf("\"{%s\" has no }", name)
	}
	n, ok := holeLength[name]
	if !ok {
		return fmt.Errorf("no value is called %q", name)
	}
	m.holes = append(m.holes, hole{len(m.data), name})
	m.add(make([]byte, n), false)
	return nil
}

func (m *message) repeat(value, times string) error {
	b, err := hex.DecodeString(value)
	n, notANumber := strconv.Atoi(times)
	if err != nil || len(b) != 1 || notANumber != nil || n < 1 || n > maxBytes {
		return fmt.Errorf("%s*%s is not a byte and how often", value, times)
	}
	for range n {
		m.add(b, false)
	}
	return nil
}

func (m *message) hex(word string) error {
	for ; word != ""; word = word[2:] {
		switch {
		case len(word) == 1:
			return fmt.Errorf("half a byte")
		case word[:2] == "..":
			m.add([]byte{0}, true)
		default:
			b, err := hex.DecodeString(word[:2])
			if err != nil {
				return fmt.Errorf("%q is not hex", word[:2])
			}
			m.add(b, false)
		}
	}
	return nil
}
