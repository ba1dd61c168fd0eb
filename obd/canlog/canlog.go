// Package canlog reads and writes recordings of CAN frames, one frame at a
// time and in constant memory. A Reader knows by the content, never by the
// name of a file, which of these it has, packed with gzip or not:
//
//	candump -l   (1732204044.540800) can0 18DAF110#0241 R      a line a frame
//	candump       (000.001200)  can0  RX - -  7E8   [2]  02 41   '.A'
//	pcapng, pcap  of link type SocketCAN (227) or Linux cooked (113, 276)
//
// In the lines of candump -l, which a Writer writes too, stand
//
//	(1732204044.540800) can0 72E#076241A901080000
//	 seconds since 1970  interface  can.Frame's text form
//	(1732204044.541200) can0 18DAF110#R8 R
//	                                     optional: R received, T sent by us
//
// What candump prints on a console is read with each of its options: any or
// no time (-t), TX and RX (-x), ASCII (-a), binary digits (-i), swapped bytes
// (-S), data length codes (-8), colours (-c) and the text of error frames
// (-e), which is passed over.
//
// # Times
//
// The date form (-t A) names no zone and is taken as UTC. Times since the
// first frame (-t z) begin at 1970-01-01 00:00 UTC, for such a recording has
// no date. Times since the frame before (-t d) look the same; they are told
// by the lines that follow, as times since the first frame hardly ever
// decrease, and are added up. A frame without any time comes 250 µs after the
// one before, as on a bus of 500 kbit/s that is full: no pause is made up.
//
// A Reader belongs to one goroutine; a Writer may be shared.
package canlog

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/untether-obd/untether/obd/can"
)

// Record is one frame of a recording.
type Record struct {
	Rx        can.Rx
	Interface string // can0; if0 where a recording does not name it
	Line      int    // counted from 1; of pcap and pcapng the packet
}

// maxName is far more than an interface of Linux can have (15), and enough
// for those that other systems put into pcapng files.
const maxName = 64

// isWord reports whether s can be an interface's name.
func isWord(s string) bool {
	return s != "" && len(s) <= maxName && !strings.ContainsFunc(s, unwanted)
}

// unwanted finds what no name has: blanks, what a terminal would obey, and
// bytes that are no UTF-8.
func unwanted(c rune) bool {
	return c == utf8.RuneError || unicode.IsSpace(c) || !unicode.IsGraphic(c)
}

// spell makes a name of the words that other systems name interfaces with.
func spell(b []byte) []byte {
	b = bytes.Map(func(c rune) rune {
		if unwanted(c) {
			return '_'
		}
		return c
	}, b)
	return bytes.ToValidUTF8(b[:min(len(b), maxName)], nil)
}

// names keeps the interfaces' names met so far, so that a line costs no
// memory for its own.
type names []string

// maxNames is more than the interfaces that candump listens to (16).
const maxNames = 32

// of gives the name that b spells, or false if none can be spelled so.
func (n *names) of(b []byte) (string, bool) {
	for _, known := range *n {
		if known == string(b) {
			return known, true
		}
	}
	name := string(b)
	if !isWord(name) {
		return "", false
	}
	if len(*n) < maxNames {
		*n = append(*n, name)
	}
	return name, true
}
