package inspect_test

import (
	"bytes"
	"slices"
	"time"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/hardware-sim/vecu"
	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// asked is a request that a dongle sent, and what the scenario has for it.
type asked struct {
	frame    can.Frame
	data     []byte
	group    bool
	from     uint32            // identifier of the answer; of a group none
	answers  map[uint32][]byte // by identifier; none: silence
	latency  time.Duration     // of the last one to begin its answer
	p2       time.Duration     // the longest of those who answer; 0: they were asked the same before
	promised bool              // 78 came first
}

// askedOf lists the requests among a dongle's frames. All fit into one frame. Who
// is not among the known is a group.
func askedOf(s *car.Scenario, known []transport.Address, frames []can.Frame) (list []asked) {
	before := map[*car.Unit][][]byte{}
	for _, f := range frames {
		at := fronted(&f)
		if f.Data[at]>>4 != 0 {
			continue // flow control
		}
		a := asked{frame: f, data: f.Data[at+1:][:f.Data[at]], answers: map[uint32][]byte{}}
		if i := slices.IndexFunc(known, func(k transport.Address) bool { return meets(&k, &f) }); i >= 0 {
			a.from = known[i].RX
		} else {
			a.group = true
		}
		for i := range s.Units {
			u := &s.Units[i]
			if meets(&u.Address, &f) || slices.ContainsFunc(u.Functional, func(g transport.Address) bool { return meets(&g, &f) }) {
				a.expect(u, before[u])
				before[u] = append(before[u], a.data)
			}
		}
		list = append(list, a)
	}
	return list
}

// fronted is how many bytes stand before the protocol bytes of a request: the
// addresses of 6F1 and 750 have one.
func fronted(f *can.Frame) int {
	if !f.Is(can.Extended) && (f.ID == 0x6F1 || f.ID == 0x750) {
		return 1
	}
	return 0
}

func meets(a *transport.Address, f *can.Frame) bool {
	return a.TX == f.ID && a.Extended == f.Is(can.Extended) && (!a.HasAE || a.TXAE == f.Data[0])
}

// expect adds a unit's answer, after what it was asked before.
func (a *asked) expect(u *car.Unit, before [][]byte) {
	want := u.Expect(append(slices.Clone(before), a.data)...)
	if want.Response == nil {
		return
	}
	a.answers[u.Address.RX] = want.Response
	a.latency = max(a.latency, want.Latency)
	a.promised = a.promised || want.Pendings > 0
	if slices.ContainsFunc(before, func(b []byte) bool { return bytes.Equal(a.data, b) }) {
		return
	}
	p2 := u.P2
	if p2 == 0 {
		p2 = vecu.DefaultP2
	}
	a.p2 = max(a.p2, p2)
}

// parts are what an inspection through a dongle takes at least.
type parts struct {
	bytes   time.Duration // on the serial line, ten bits each, both ways
	units   time.Duration // until they began to answer
	chip    time.Duration // its own delay a command, and its resets
	waiting time.Duration // an ATST floor for each request that nobody answers or that is made for the first time
}

func (p *parts) sum() time.Duration { return p.bytes + p.units + p.chip + p.waiting }

// spare is how much longer than P2 an ATST floor is.
const spare = 10 * time.Millisecond

// least computes them from what the dongle did and from the scenario. silent is
// P2 where nobody is known.
func least(list []asked, l *velm.Ledger, baud int, silent time.Duration) parts {
	p := parts{bytes: time.Duration(l.Received+l.Sent) * 10 * time.Second / time.Duration(baud), chip: l.Working}
	for i := range list {
		a := &list[i]
		p.units += a.latency
		switch {
		case len(a.answers) == 0:
			p.waiting += silent + spare
		case a.p2 > 0:
			p.waiting += a.p2 + spare
		}
	}
	return p
}
