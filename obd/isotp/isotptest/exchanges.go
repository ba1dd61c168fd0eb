// Package isotptest holds what implementations of ISO-TP are tried with.
package isotptest

import (
	"fmt"
	"time"

	"github.com/untether-obd/untether/obd/transport"
)

// Exchange is a message from A to B. What the kernel puts on a bus for it is
// recorded in obd/isotp/testdata/kernel.
type Exchange struct {
	Name  string // of the recording
	Bytes int
	Terms
}

// Message is what A sends: 00 01 02 and so on.
func (x Exchange) Message() []byte {
	b := make([]byte, x.Bytes)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

// Exchanges are those that are recorded.
func Exchanges() []Exchange {
	return append(named(), pairs()...)
}

func named() []Exchange {
	none, cc := transport.Params{Pad: transport.PadNone}, transport.Params{Pad: transport.PadWith(0xCC)}
	fd := func(p transport.Params, dl uint8) transport.Params { p.TxDL = dl; return p }
	pad := transport.PadWith
	on := func(address string, a, b transport.Params) Terms {
		return Terms{Address: transport.MustAddress(address), A: a, B: b}
	}
	return []Exchange{
		{"sf11", 3, on("754/75C", none, none)},
		{"sf11pad", 3, on("754/75C", cc, cc)},
		{"sf7", 7, on("754/75C", none, none)},
		{"mf11", 100, on("754/75C", cc, cc)},
		{"mf11bs", 62, on("754/75C", cc, transport.Params{Pad: pad(0xAA), BS: 3, STmin: 5 * time.Millisecond})},
		{"mf11nopad", 30, on("754/75C", none, transport.Params{Pad: transport.PadNone, BS: 8})},
		{"mf29", 33, on("18DAC6F1/18DAF1C6", cc, cc)},
		{"ext", 40, on("6F1:61/661:F1", cc, transport.Params{Pad: pad(0xFF)})},
		{"extsf", 6, on("6F1:61/661:F1", cc, transport.Params{Pad: pad(0xFF)})},
		{"bs255", 1800, on("754/75C", none, transport.Params{Pad: transport.PadNone, BS: 255})},
		{"long4094", 4094, on("754/75C", cc, cc)},
		{"long", 4095, on("754/75C", cc, cc)},
		{"long4096", 4096, on("754/75C", none, none)},
		{"fdsf", 50, on("754/75C@fd", fd(none, 64), fd(none, 64))},
		{"fdmf", 200, on("754/75C@fd", fd(cc, 64), fd(cc, 64))},
		{"fd12", 60, on("754/75C@fd", fd(cc, 12), fd(cc, 12))},
	}
}

// lengths are those at which the number of frames changes: up to 7 bytes fit
// one, 62 fill a block of 8 behind a first frame, 53 do behind an address byte.
var lengths = []int{62, 8, 53, 63, 20, 54, 61, 7, 100}

// pairs gives every terms of Pairwise a length.
func pairs() (all []Exchange) {
	for i, x := range Pairwise() {
		all = append(all, Exchange{fmt.Sprintf("pair%02d", i), lengths[i%len(lengths)], x})
	}
	return all
}
