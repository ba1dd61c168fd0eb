package j1979

import (
	"fmt"
	"slices"
)

// Value is one PID with its data.
type Value struct {
	PID  byte
	Data []byte
}

// lengths has the bytes of data of each PID from 00 to 5F, sixteen in a row. A
// dot is a PID whose length differs from car to car.
var lengths = [...]string{
	"442211....112111",
	"2111222222221112",
	"4222444444441111",
	"1221444444442222",
	"4422211111111224",
	"41122....2111221",
}

// Length gives the bytes of data of a PID, and false where that is not fixed
// or not known here.
func Length(pid byte) (int, bool) {
	if IsMask(pid) {
		return 4, true
	}
	if row := int(pid >> 4); row < len(lengths) && lengths[row][pid&0xF] != '.' {
		return int(lengths[row][pid&0xF] - '0'), true
	}
	return 0, false
}

// Values is the answer to 01, or with the frame to 02.
type Values struct {
	Service byte
	Frame   byte // 02 only
	Values  []Value
}

// AppendBinary appends the message.
func (v Values) AppendBinary(b []byte) ([]byte, error) {
	b = append(b, v.Service+positive)
	for _, x := range v.Values {
		b = append(b, x.PID)
		if v.Service == FreezeFrame {
			b = append(b, v.Frame)
		}
		b = append(b, x.Data...)
	}
	return b, nil
}

// ParseValues reads the answer to 01 or 02 about the PIDs that were asked for.
// A unit leaves out what it does not support, and may answer in any order.
// Where several were asked for, their lengths must be known. Data shares
// msg's memory. Its error is a *FormatError.
func ParseValues(msg []byte, asked ...byte) (Values, error) {
	rest, err := body(msg, CurrentData, FreezeFrame)
	if err != nil {
		return Values{}, err
	}
	if len(rest) == 0 {
		return Values{}, wrongLength(msg[0], "values", 0, "one PID at least")
	}
	v := Values{Service: msg[0] - positive}
	for left := slices.Clone(asked); len(rest) > 0; {
		i := slices.Index(left, rest[0])
		if i < 0 {
			return Values{}, notAsked(msg[0], rest[0])
		}
		left = slices.Delete(left, i, i+1)
		if rest, err = v.take(rest, len(asked) == 1); err != nil {
			return Values{}, err
		}
	}
	return v, nil
}

// take moves one value from the start of rest. One that is alone may have any
// length where none is known.
func (v *Values) take(rest []byte, alone bool) ([]byte, error) {
	pid, head := rest[0], 1
	if v.Service == FreezeFrame {
		head = 2
	}
	n, known := Length(pid)
	if alone && !known {
		n, known = max(len(rest)-head, 1), true
	}
	switch {
	case !known:
		return nil, &FormatError{
			Service: v.Service + positive, Field: fmt.Sprintf("PID %02X", pid),
			Got: "several PIDs", Want: "one alone, its length is not known",
		}
	case len(rest) < head+n:
		return nil, wrongLength(v.Service+positive, fmt.Sprintf("PID %02X", pid), max(len(rest)-head, 0), fmt.Sprint(n))
	}
	if head == 2 {
		if len(v.Values) > 0 && rest[1] != v.Frame {
			return nil, frameError(v.Service+positive, rest[1], v.Frame)
		}
		v.Frame = rest[1]
	}
	v.Values = append(v.Values, Value{PID: pid, Data: rest[head : head+n]})
	return rest[head+n:], nil
}

func notAsked(service, id byte) error {
	return &FormatError{Service: service, Field: "identifier", Got: fmt.Sprintf("%02X", id), Want: "one that was asked for, once"}
}
