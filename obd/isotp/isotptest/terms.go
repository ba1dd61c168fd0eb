package isotptest

import (
	"fmt"
	"time"

	"github.com/untether-obd/untether/obd/transport"
)

// Terms are those of a conversation: how it is addressed, and what each side
// asks for.
type Terms struct {
	Address transport.Address // as A has it
	A, B    transport.Params
}

func (x Terms) String() string {
	say := func(p transport.Params) string {
		return fmt.Sprintf("BS %d STmin %v pad %X", p.BS, p.STmin, uint16(p.Pad))
	}
	return fmt.Sprintf("%s, A %s, B %s", x.Address, say(x.A), say(x.B))
}

var (
	blocks   = []uint8{0, 1, 8, 255}
	gaps     = []time.Duration{0, 100 * time.Microsecond, time.Millisecond, 10 * time.Millisecond}
	pads     = []transport.Padding{transport.PadNone, 0, transport.PadWith(0x55)}
	forms    = 4
	variants = []int{len(blocks), len(gaps), len(pads), len(blocks), len(gaps), len(pads), forms}
)

// Pairwise gives terms in which every two values of what a side may ask for and
// of the form of address meet. Their addresses differ.
func Pairwise() (all []Terms) {
	for i, r := range cover(variants) {
		all = append(all, Terms{
			Address: form(r[6], i),
			A:       transport.Params{BS: blocks[r[0]], STmin: gaps[r[1]], Pad: pads[r[2]]},
			B:       transport.Params{BS: blocks[r[3]], STmin: gaps[r[4]], Pad: pads[r[5]]},
		})
	}
	return all
}

// form gives the i-th conversation an address of its own.
func form(kind, i int) transport.Address {
	n := uint32(i)
	switch kind {
	case 0:
		return transport.Address{TX: 0x600 + n, RX: 0x680 + n, RXLast: 0x680 + n}
	case 1:
		a := transport.MustAddress("18DA00F1/18DAF100")
		a.TX, a.RX, a.RXLast = a.TX+n<<8, a.RX+n, a.RXLast+n
		return a
	case 2:
		return transport.Address{TX: 0x6F1, RX: 0x700 + n, RXLast: 0x700 + n, HasAE: true, TXAE: byte(n), RXAE: 0xF1}
	default:
		return transport.Address{
			TX: 0x18CE00F1 + n<<8, RX: 0x18CEF100 + n, RXLast: 0x18CEF100 + n,
			Extended: true, HasAE: true, TXAE: byte(n), RXAE: byte(n) ^ 0xFF,
		}
	}
}
