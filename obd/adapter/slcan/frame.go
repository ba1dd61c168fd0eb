package slcan

import "github.com/untether-obd/untether/obd/can"

const digits = "0123456789ABCDEF"

// command writes a valid frame as a command, without the CR.
func command(f *can.Frame) []byte {
	letter, width := letterOf(f), 3
	if f.Is(can.Extended) {
		letter, width = letter-'a'+'A', 8
	}
	b := append(make([]byte, 0, maxLine), letter)
	for shift := 4 * (width - 1); shift >= 0; shift -= 4 {
		b = append(b, digits[f.ID>>shift&0xF])
	}
	b = append(b, digits[can.DLCOf(f.Len)])
	if f.Is(can.Remote) {
		return b
	}
	for _, d := range f.Payload() {
		b = append(b, digits[d>>4], digits[d&0xF])
	}
	return b
}

func letterOf(f *can.Frame) byte {
	switch {
	case f.Is(can.Remote):
		return 'r'
	case f.Is(can.FD | can.BRS):
		return 'b'
	case f.Is(can.FD):
		return 'd'
	}
	return 't'
}

// kinds are the letters of lines that hold a frame.
var kinds = map[byte]can.Flags{
	't': 0, 'T': can.Extended,
	'r': can.Remote, 'R': can.Remote | can.Extended,
	'd': can.FD, 'D': can.FD | can.Extended,
	'b': can.FD | can.BRS, 'B': can.FD | can.BRS | can.Extended,
}

// noStamp is the time of a line that bears none.
const noStamp = -1

// stampDigits are those of a time at a line's end.
const stampDigits = 4

// parseFrame reads a line that holds one frame and nothing else. stamp is the
// dongle's time in ms.
func parseFrame(line []byte) (f can.Frame, stamp int, ok bool) {
	rest, ok := parseHead(&f, line)
	if !ok {
		return can.Frame{}, noStamp, false
	}
	if !f.Is(can.Remote) {
		rest, ok = parseData(&f, rest)
	}
	stamp = noStamp
	if ok && len(rest) == stampDigits {
		var v uint32
		v, ok = hex(rest)
		stamp, rest = int(v), nil
	}
	return f, stamp, ok && len(rest) == 0 && f.Validate() == nil
}

// parseHead reads letter, identifier and length, and gives what follows.
func parseHead(f *can.Frame, line []byte) (rest []byte, ok bool) {
	if len(line) == 0 {
		return nil, false
	}
	if f.Flags, ok = kinds[line[0]]; !ok {
		return nil, false
	}
	width := 3
	if f.Is(can.Extended) {
		width = 8
	}
	if len(line) < 2+width {
		return nil, false
	}
	var dlc uint32
	if f.ID, ok = hex(line[1 : 1+width]); !ok {
		return nil, false
	}
	if dlc, ok = hex(line[1+width : 2+width]); !ok || !f.Is(can.FD) && dlc > can.MaxLen {
		return nil, false
	}
	f.Len = can.LenOf(uint8(dlc))
	return line[2+width:], true
}

func parseData(f *can.Frame, text []byte) (rest []byte, ok bool) {
	if len(text) < 2*int(f.Len) {
		return nil, false
	}
	for i := range f.Payload() {
		v, ok := hex(text[2*i : 2*i+2])
		if !ok {
			return nil, false
		}
		f.Data[i] = byte(v)
	}
	return text[2*int(f.Len):], true
}

// hex reads at most eight digits, all of text.
func hex(text []byte) (v uint32, ok bool) {
	for _, c := range text {
		d := digit(c)
		if d < 0 {
			return 0, false
		}
		v = v<<4 | uint32(d)
	}
	return v, len(text) > 0
}

// digit gives the value of a hexadecimal digit, -1 if it is none.
func digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}
