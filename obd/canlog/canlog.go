// Package canlog reads and writes recordings of CAN frames, one frame at a
// time and in constant memory. The form is that of `candump -l` (can-utils),
// a line a frame:
//
//	(1732204044.540800) can0 72E#076241A901080000
//	 seconds since 1970  interface  can.Frame's text form
//	(1732204044.541200) can0 18DAF110#R8 R
//	                                     optional: R received, T sent by us
//
// A Reader belongs to one goroutine; a Writer may be shared.
package canlog

import (
	"strings"

	"github.com/untether-obd/untether/obd/can"
)

// Record is one frame of a recording.
type Record struct {
	Rx        can.Rx
	Interface string // can0
	Line      int    // counted from 1
}

// isWord reports whether s can be an interface's name.
func isWord(s string) bool {
	words := strings.Fields(s)
	return len(words) == 1 && words[0] == s
}
