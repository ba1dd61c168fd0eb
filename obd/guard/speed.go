package guard

import (
	"bytes"
	"slices"
)

// speeds are the ids of the vehicle speed, PID 0D of SAE J1979 and its
// identifier in J1979-2. In an answer one byte in km/h follows.
var speeds = []struct {
	service byte
	id      []byte
}{
	{currentData, []byte{0x0D}},
	{readByIdentifier, []byte{0xF4, 0x0D}},
}

// speed reads from an answer whether the car moves. An answer to several ids
// that does not begin with the speed cannot be taken apart here, nor one
// without a value: it counts as moving. known is false if the answer is about
// something else.
func speed(req, answer []byte) (moves, known bool) {
	for _, s := range speeds {
		if !answers([]byte{s.service}, answer) {
			continue
		}
		if v, ok := bytes.CutPrefix(answer[1:], s.id); ok && len(v) > 0 {
			return v[0] != 0, true
		}
	}
	return true, answers(req, answer) && asksSpeed(req)
}

func asksSpeed(req []byte) bool {
	for _, s := range speeds {
		for id := range slices.Chunk(req[1:], len(s.id)) {
			if req[0] == s.service && bytes.Equal(id, s.id) {
				return true
			}
		}
	}
	return false
}
