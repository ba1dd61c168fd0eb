package discover

import (
	"slices"
	"time"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
)

// probe is one question: is anybody there?
type probe struct {
	transport.Probe
	dialect guard.Dialect
	known   bool
	frame   can.Frame // as it goes over the wire
	bits    int
	sent    time.Time // our time
	echoed  time.Time // the bus's time; zero: not yet
	answers int       // how many it may have caused
	second  bool      // frames were lost when it was sent before
}

var presence = map[guard.Dialect][]byte{
	guard.UDS:   {0x3E, 0x00},
	guard.KWP:   {0x3E, 0x01}, // an answer is wanted
	guard.GMLAN: {0x3E},
}

func newProbe(a transport.Address, d guard.Dialect, pad transport.Padding) *probe {
	p := &probe{Probe: transport.Probe{Address: a, Pad: pad, Message: presence[d]}, dialect: d}
	m := isotp.NewMachine(isotp.Config{Address: a, Params: transport.Params{Pad: pad}})
	now := time.Now()
	if m.Send(now, p.Message) == nil {
		m.NextFrame(now, &p.frame)
	}
	p.bits = bitsOf(&p.frame)
	return p
}

func bitsOf(f *can.Frame) int {
	b := can.FrameBits(f)
	return b.Nominal + b.Data
}

// again is the same question for a second time.
func (p *probe) again(pad transport.Padding) *probe {
	q := newProbe(p.Address, p.dialect, pad)
	q.known = p.known
	return q
}

func normal(id uint32) transport.Address {
	rx := id + 8
	for usual := range transport.UsualResponses(id, false) {
		rx = usual
		break
	}
	return transport.Address{TX: id, RX: rx, RXLast: rx}
}

func fixed(target uint32) transport.Address {
	rx := 0x18DAF100 | target
	return transport.Address{TX: 0x18DA00F1 | target<<8, RX: rx, RXLast: rx, Extended: true}
}

// bmw and toyota are the two schemes with an address byte.
func bmw(target uint32) transport.Address {
	rx := 0x600 + target
	return transport.Address{TX: 0x6F1, RX: rx, RXLast: rx, HasAE: true, TXAE: byte(target), RXAE: 0xF1}
}

func toyota(target uint32) transport.Address {
	return transport.Address{TX: 0x750, RX: 0x758, RXLast: 0x758, HasAE: true, TXAE: byte(target), RXAE: byte(target)}
}

const tester = 0xF1 // the address of the tester itself in all schemes that have one

// everywhere are the ranges of all makes, each address once, in an order in
// which a request comes well before those identifiers on which its answer may
// come: we must not send there then. Most makes answer at bit 3 set, BMW and
// PSA at 6xx, GM at 64x; the rest is left to the time that lies between.
//
//	240-25F   6F1:xx    7xx, bit 3 clear
//	750:xx              6xx, bit 3 clear
//	18DAxxF1            7xx, bit 3 set
//	                    6xx, bit 3 set
func everywhere() []*probe {
	high, low := span(0x700, 0x7FF), span(0x600, 0x6FF)
	targets := slices.DeleteFunc(span(0x00, 0xFF), func(id uint32) bool { return id == tester })
	members := slices.DeleteFunc(slices.Clone(targets), func(id uint32) bool { return id == 0xDF }) // all of a BMW's units
	return slices.Concat(
		merge(ask(guard.GMLAN, normal, span(0x240, 0x25F)), ask(guard.UDS, bmw, members), ask(guard.UDS, normal, even(high))),
		merge(ask(guard.UDS, toyota, targets), ask(guard.UDS, normal, even(low))),
		merge(ask(guard.UDS, fixed, targets), ask(guard.UDS, normal, odd(high))),
		ask(guard.UDS, normal, odd(low)),
	)
}

// bench is what carries control traffic in a car.
func bench() []*probe {
	ids := slices.DeleteFunc(span(0x000, 0x5FF), func(id uint32) bool { return 0x240 <= id && id <= 0x25F })
	return slices.Concat(ask(guard.UDS, normal, even(ids)), ask(guard.UDS, normal, odd(ids)))
}

func span(first, last uint32) (ids []uint32) {
	for id := first; id <= last; id++ {
		ids = append(ids, id)
	}
	return ids
}

const functional = 0x7DF

// even are the identifiers with bit 3 clear, odd the others; neither has the
// functional one.
func even(ids []uint32) []uint32 {
	return slices.DeleteFunc(slices.Clone(ids), func(id uint32) bool { return id&8 != 0 })
}

func odd(ids []uint32) []uint32 {
	return slices.DeleteFunc(slices.Clone(ids), func(id uint32) bool { return id&8 == 0 || id == functional })
}

func ask(d guard.Dialect, address func(uint32) transport.Address, ids []uint32) (probes []*probe) {
	for _, id := range ids {
		probes = append(probes, newProbe(address(id), d, transport.Padding(0)))
	}
	return probes
}

// merge spreads lists evenly over each other; each keeps its own order.
func merge(lists ...[]*probe) (all []*probe) {
	total := 0
	for _, l := range lists {
		total += len(l)
	}
	taken := make([]int, len(lists))
	for range total {
		next := 0
		for i, l := range lists {
			if behind(taken[i], len(l)) < behind(taken[next], len(lists[next])) {
				next = i
			}
		}
		all = append(all, lists[next][taken[next]])
		taken[next]++
	}
	return all
}

// behind is how much of a list has been taken, one half of a step ahead.
func behind(taken, of int) float64 {
	if taken == of {
		return 1
	}
	return (float64(taken) + 0.5) / float64(of)
}
