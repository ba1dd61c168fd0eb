package inspect

import (
	"bytes"

	"github.com/untether-obd/untether/profiles"
)

// standsAlone reports whether an answer whose request nobody heard holds the
// data of one read and no more. A request may name several identifiers, and
// its answer then has the others behind the first: only a length that fits, or
// text to the end that holds no identifier, shows that this one does not.
func (t *talk) standsAlone(r *profiles.Read, message []byte) bool {
	data := message[len(r.Request):]
	if service := r.Request[0]; service == 0x1A || service == 0x21 {
		return true // one identifier a request
	}
	n, fixed := lengthOf(r.Fields)
	switch {
	case r.Length > 0:
		return len(data) == r.Length
	case fixed:
		return len(data) == n
	}
	return textTo(r.Fields, data) && !t.names(data)
}

// lengthOf adds the fields' lengths up, if all have one.
func lengthOf(fields []profiles.Field) (n int, fixed bool) {
	for _, f := range fields {
		size := f.Length
		if f.Repeat > 0 {
			one, ok := lengthOf(f.Fields)
			if !ok {
				return 0, false
			}
			size = f.Repeat * one
		}
		if size == 0 {
			return 0, false
		}
		n += size
	}
	return n, true
}

// textTo reports whether a read is one text without a length, and the data
// letters with nothing but padding behind them.
func textTo(fields []profiles.Field, data []byte) bool {
	if len(fields) != 1 || fields[0].Type != profiles.TypeText || fields[0].Repeat > 0 {
		return false
	}
	letters := bytes.TrimRight(data, "\x00\xFF")
	return !bytes.ContainsFunc(letters, func(r rune) bool { return r < ' ' || r > '~' })
}

// names reports whether an identifier that the unit is known to have stands in
// the data.
func (t *talk) names(data []byte) bool {
	for _, r := range t.unit.Reads {
		if r.Request[0] == 0x22 && bytes.Contains(data, r.Request[1:]) {
			return true
		}
	}
	return false
}
