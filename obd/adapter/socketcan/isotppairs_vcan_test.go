//go:build vcan

package socketcan

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/transport"
)

// terms are what the judge varies: both sides' parameters and the addressing.
type terms struct {
	address transport.Address // as our side has it
	we      transport.Params
	kernel  transport.Params
}

func (x terms) String() string {
	say := func(p transport.Params) string {
		return fmt.Sprintf("BS %d STmin %v pad %X", p.BS, p.STmin, uint16(p.Pad))
	}
	return fmt.Sprintf("%s, we %s, the kernel %s", x.address, say(x.we), say(x.kernel))
}

var (
	blocks   = []uint8{0, 1, 8, 255}
	gaps     = []time.Duration{0, 100 * time.Microsecond, time.Millisecond, 10 * time.Millisecond}
	pads     = []transport.Padding{transport.PadNone, 0, transport.PadWith(0x55)}
	forms    = 4
	variants = []int{len(blocks), len(gaps), len(pads), len(blocks), len(gaps), len(pads), forms}
)

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

// cover gives rows in which every two values of every two factors meet.
// Greedy: each row starts with a pair that is missing, and every other factor
// takes the value that adds most.
func cover(sizes []int) (rows [][]int) {
	type pair struct{ f, v, g, w int }
	missing := map[pair]bool{}
	for f := range sizes {
		for g := f + 1; g < len(sizes); g++ {
			for v := range sizes[f] {
				for w := range sizes[g] {
					missing[pair{f, v, g, w}] = true
				}
			}
		}
	}
	gain := func(row []int, f, v int) (n int) {
		for g, w := range row {
			if w >= 0 && (missing[pair{f, v, g, w}] || missing[pair{g, w, f, v}]) {
				n++
			}
		}
		return n
	}
	first := func() (p pair) {
		least := -1
		for q := range missing { // the smallest, so that every run has the same rows
			if at := ((q.f*16+q.g)*16+q.v)*16 + q.w; least < 0 || at < least {
				least, p = at, q
			}
		}
		return p
	}
	for len(missing) > 0 {
		row := make([]int, len(sizes))
		for f := range row {
			row[f] = -1
		}
		p := first()
		row[p.f], row[p.g] = p.v, p.w
		for f := range row {
			if row[f] >= 0 {
				continue
			}
			best, most := len(rows)%sizes[f], -1
			for i := range sizes[f] {
				v := (best + i) % sizes[f]
				if n := gain(row, f, v); n > most {
					row[f], most = v, n
				}
			}
		}
		for f, v := range row {
			for g := f + 1; g < len(row); g++ {
				delete(missing, pair{f, v, g, row[g]})
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// matrix is the cover as parameters.
func matrix() (all []terms) {
	for i, r := range cover(variants) {
		all = append(all, terms{
			address: form(r[6], i),
			we:      transport.Params{BS: blocks[r[0]], STmin: gaps[r[1]], Pad: pads[r[2]]},
			kernel:  transport.Params{BS: blocks[r[3]], STmin: gaps[r[4]], Pad: pads[r[5]]},
		})
	}
	return all
}

func TestVCANCoverIsPairwise(t *testing.T) {
	rows := cover(variants)
	require.Less(t, len(rows), 40)
	for f := range variants {
		for g := f + 1; g < len(variants); g++ {
			met := map[[2]int]bool{}
			for _, r := range rows {
				met[[2]int{r[f], r[g]}] = true
			}
			require.Len(t, met, variants[f]*variants[g])
		}
	}
}
