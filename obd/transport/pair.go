package transport

import (
	"iter"

	"github.com/untether-obd/untether/obd/can"
)

// offset is where makers put the response identifiers of a range of requests.
type offset struct {
	first, last uint32
	add         int
}

// offsets of 11-bit identifiers, most usual first.
var offsets = []offset{
	{0x600, 0x7FF, 8},      // ISO 15765-4 for 7E0-7E7, most makes elsewhere
	{0x700, 0x77F, 0x6A},   // VW group
	{0x700, 0x7FF, 0x20},   // Nissan, Renault
	{0x700, 0x7FF, -0x280}, // FCA, older
	{0x700, 0x7FF, -0x100}, // PSA
	{0x240, 0x25F, 0x400},  // GM
}

// UsualResponses gives the identifiers on which a unit usually answers to a
// physical request identifier, most usual first: normal addressing with 11
// bits, normal fixed addressing (18DA) with 29. No identifier comes twice.
func UsualResponses(request uint32, extended bool) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		if extended {
			if request>>16 == 0x18DA {
				yield(request&0x1FFF0000 | request&0xFF<<8 | request>>8&0xFF)
			}
			return
		}
		for _, o := range offsets {
			response := uint32(int(request) + o.add)
			if o.first <= request && request <= o.last && response <= can.MaxID && !yield(response) {
				return
			}
		}
	}
}
