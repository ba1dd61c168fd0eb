package discover_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/vecu"
	"github.com/untether-obd/untether/obd/discover"
	"github.com/untether-obd/untether/obd/transport"
)

// maker draws cars.
type maker struct {
	*rand.Rand
	used map[string]bool
}

// address draws one of the forms, 11-bit normal ones most often.
func (m *maker) address() transport.Address {
	n := m.Uint32N(0xEF) + 1
	var text string
	switch m.IntN(8) {
	case 0:
		text = fmt.Sprintf("18DA%02XF1/18DAF1%02X", n, n)
	case 1:
		text = fmt.Sprintf("6F1:%02X/%03X:F1", n, 0x600+n)
	case 2:
		text = fmt.Sprintf("750:%02X/758:%02X", n, n)
	case 3:
		text = fmt.Sprintf("%03X/%03X", 0x240+n%0x20, 0x640+n%0x20)
	default:
		text = fmt.Sprintf("%03X/%03X", 0x700+n, int(0x700+n)+m.offset(n))
	}
	a, err := transport.ParseAddress(text)
	if err != nil {
		return m.address()
	}
	return a
}

func (m *maker) offset(n uint32) int {
	offsets := []int{8, 8, 8, 0x20, -0x100, 0x6A}
	if n >= 0x80 {
		offsets = offsets[:5]
	}
	return offsets[m.IntN(len(offsets))]
}

// take reports whether an address is free: each identifier has one owner, but
// for the two that all units of a make share.
func (m *maker) take(a transport.Address) bool {
	tx, rx := fmt.Sprintf("%X", a.TX), fmt.Sprintf("%X", a.RX)
	if a.HasAE {
		tx += fmt.Sprintf(":%X", a.TXAE)
	}
	if a.TX == 0x750 {
		rx = tx
	}
	if m.used[tx] || m.used[rx] {
		return false
	}
	m.used[tx], m.used[rx] = true, true
	return true
}

func (m *maker) unit() unit {
	a := m.address()
	if !m.take(a) {
		return m.unit()
	}
	latency, jitter := time.Duration(1+m.IntN(40))*ms, time.Duration(1+m.IntN(8))*ms
	answer := uds(latency, nil)
	if a.TX < 0x600 {
		answer = gmlan(latency)
	}
	own := rand.New(rand.NewPCG(m.Uint64(), 0)) // units answer at the same time
	return unit{address: a.String(), handler: vecu.HandlerFunc(func(r *vecu.Request) vecu.Reply {
		reply := answer.Serve(r)
		reply.Latency += time.Duration(own.Int64N(int64(jitter)))
		return reply
	})}
}

// Any car: units at any address, of any speed, beside uneven traffic that looks
// like answers; at both paces all of them are found and nobody else.
func TestAnyCar(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &maker{rand.New(rand.NewPCG(seed, 0)), map[string]bool{"6F1": true, "750": true, "758": true, "7DF": true, "6F1:DF": true}}
				r := newRig(t, at500k)
				var units []unit
				for range 30 {
					units = append(units, m.unit())
				}
				r.add(units...)
				r.uneven(m)
				got := r.scan(discover.Options{Full: true, Share: 0.5 + 0.5*float64(seed%2)})
				requireUnits(t, addressesOf(units), got)
			})
		})
	}
}

// uneven is traffic on identifiers that nobody else has.
func (r *rig) uneven(m *maker) {
	l := vbus.Load{Share: 0.3, Poisson: true, Payload: func(_ uint32, n uint64) []byte {
		return unhex([]string{"027E00CCCCCCCCCC", "037F3E12CCCCCCCC", "037F3E78CCCCCCCC", "0011223344556677"}[n%4])
	}}
	for len(l.IDs) < 20 {
		if id := 0x500 + m.Uint32N(0x300); !m.used[fmt.Sprintf("%X", id)] {
			l.IDs = append(l.IDs, id)
		}
	}
	n, err := r.seg.Load("uneven", l)
	if err != nil {
		r.Fatal(err)
	}
	r.others = append(r.others, n)
}
