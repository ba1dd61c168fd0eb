package vslcan

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/untether-obd/untether/obd/can"
)

// A line with a frame: a letter, an identifier of three digits, or of eight
// if the letter is a capital, a length code, the data; what was received may
// have a time of four digits behind it.
const (
	letters = "trdb" // data, remote, CAN FD, CAN FD at two bit rates
	upper   = 'a' - 'A'
)

var letterFlags = map[byte]can.Flags{'t': 0, 'r': can.Remote, 'd': can.FD, 'b': can.FD | can.BRS}

// encode writes a frame as a line without its end.
func encode(f *can.Frame) string {
	letter := byte('t')
	for l, flags := range letterFlags {
		if f.Flags&(can.Remote|can.FD|can.BRS) == flags {
			letter = l
		}
	}
	if f.Is(can.Extended) {
		letter -= upper
	}
	data := f.Payload()
	if f.Is(can.Remote) {
		data = nil
	}
	return fmt.Sprintf("%c%s%X%X", letter, f.IDString(), can.DLCOf(f.Len), data)
}

// decode reads a command that sends a frame.
func decode(line string) (can.Frame, bool) {
	var f can.Frame
	if line == "" || !strings.ContainsRune(letters, rune(line[0]|upper)) {
		return f, false
	}
	f.Flags = letterFlags[line[0]|upper]
	width := 3
	if line[0]&upper == 0 {
		f.Flags |= can.Extended
		width = 8
	}
	if len(line) < 2+width {
		return f, false
	}
	id, err := strconv.ParseUint(line[1:1+width], 16, 32)
	dlc, bad := strconv.ParseUint(line[1+width:2+width], 16, 4)
	if err != nil || bad != nil || dlc > can.MaxLen && !f.Is(can.FD) {
		return f, false
	}
	f.ID, f.Len = uint32(id), can.LenOf(uint8(dlc))
	data, err := hex.DecodeString(line[2+width:])
	want := int(f.Len)
	if f.Is(can.Remote) {
		want = 0
	}
	copy(f.Data[:], data)
	return f, err == nil && len(data) == want && f.Validate() == nil
}
