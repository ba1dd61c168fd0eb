package guard

import (
	"maps"
	"slices"
	"strings"
)

// speeds are the requests for the vehicle speed and how their answers begin;
// one byte in km/h follows. PID 0D of SAE J1979, and its identifier in J1979-2.
var speeds = map[string]string{
	"\x01\x0D":     "\x41\x0D",
	"\x22\xF4\x0D": "\x62\xF4\x0D",
}

// speed reads from an answer whether the car moves. An answer to several ids
// that does not begin with the speed cannot be taken apart here, nor one
// without a value: it counts as moving. known is false if the answer is about
// something else.
func speed(req, answer []byte) (moves, known bool) {
	for _, echo := range speeds {
		if v, ok := strings.CutPrefix(string(answer), echo); ok && v != "" {
			return v[0] != 0, true
		}
	}
	asked := slices.ContainsFunc(ids(req), func(id string) bool { return speeds[id] != "" })
	return true, asked && answers(req, answer)
}

// moves reports whether any unit's last word on the speed was not zero.
func (g *Link) moves() bool {
	return slices.Contains(slices.Collect(maps.Values(g.moving)), true)
}
