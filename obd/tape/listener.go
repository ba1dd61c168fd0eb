package tape

import (
	"time"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// groups are the addresses whose requests reach many units.
var groups = []transport.Address{
	transport.MustAddress("7DF/7E8-7EF"),
	transport.MustAddress("18DB33F1/18DAF1xx"),
	transport.MustAddress("6F1:DF/600-6FF:F1"),
}

// listener is the pass that gathers one address's exchanges. An answer belongs
// to the latest request that can have reached its unit: of a group, a request
// to the member alone takes its turn away, and the other way round.
type listener struct {
	side   *Side
	a      transport.Address
	marked bool      // our frames say that they are
	last   uint64    // the place behind which there is no request
	until  time.Time // when nobody waits any more; zero: requests follow
	asks   *request
	voices map[uint32]*voice // by response identifier
	latest *exchange
	lost   bool                // a group that the unit is in was asked since
	over   []transport.Address // groups that a physical address is in
}

func newListener(s *Side, last uint64) *listener {
	l := &listener{side: s, a: s.address, marked: s.tape.facts.Own, last: last, asks: newRequest(s.address), voices: map[uint32]*voice{}}
	for _, g := range groups {
		if !l.a.Functional() && g.Accepts(l.a.RX) && g.Extended == l.a.Extended && g.HasAE == l.a.HasAE {
			l.over = append(l.over, g)
		}
	}
	return l
}

// patience is the longest P2* that a unit can ask for: what comes later is
// nobody's answer.
const patience = 0xFFFF * 10 * time.Millisecond

func (l *listener) frame(place uint64, now time.Time, rx *can.Rx) bool {
	f := &rx.Frame
	if !f.Is(can.Error) {
		if !f.Is(can.Remote) && (rx.Own || !l.marked) {
			l.sent(place, now, f)
		}
		if !rx.Own {
			l.received(now, f)
		}
	}
	if place == l.last {
		l.until = now.Add(patience)
	}
	return !l.side.tape.Full() && (l.until.IsZero() || now.Before(l.until))
}

// sent takes a frame to somebody: a request, a part of one, or the flow
// control that lets an answer go on.
func (l *listener) sent(place uint64, now time.Time, f *can.Frame) {
	k := kindOf(f, aeLen(l.a))
	if v := l.reached(f); v != nil && k == flowControl {
		v.cleared(now)
		return
	}
	switch {
	case k == flowControl:
	case isFrom(f, l.a.TX, l.a.Extended) && begins(f, l.a.HasAE, l.a.TXAE):
		l.ask(place, now, f)
	case k == single && keepsAlive(serviceOf(f, aeLen(l.a))):
	case k != single && k != first:
	case l.overruled(f):
		l.turn(now, nil)
	default:
		if v := l.reached(f); v != nil {
			v.turn = false
		}
	}
}

// reached gives the voice of the unit that alone gets f.
func (l *listener) reached(f *can.Frame) *voice {
	if !l.a.Functional() {
		if isFrom(f, l.a.TX, l.a.Extended) && begins(f, l.a.HasAE, l.a.TXAE) {
			return l.voice(l.a.RX)
		}
		return nil
	}
	if f.Is(can.Extended) != l.a.Extended || f.Len == 0 {
		return nil
	}
	rx, ok := l.member(f)
	if !ok || !l.a.Accepts(rx) {
		return nil
	}
	return l.voice(rx)
}

// member gives the response identifier of the unit of the group that f is
// sent to: the inverse of transport.Address.Responder.
func (l *listener) member(f *can.Frame) (rx uint32, ok bool) {
	switch {
	case l.a.HasAE:
		return l.a.RX&^0xFF | uint32(f.Data[0]), f.ID == l.a.TX && f.Data[0] != l.a.TXAE
	case l.a.Extended:
		return f.ID&0x1FFF0000 | f.ID&0xFF<<8 | f.ID>>8&0xFF, f.ID != l.a.TX
	}
	return f.ID + 8, f.ID != l.a.TX
}

// overruled reports a request to a group that the unit is in.
func (l *listener) overruled(f *can.Frame) bool {
	for _, g := range l.over {
		if isFrom(f, g.TX, g.Extended) && begins(f, g.HasAE, g.TXAE) {
			return true
		}
	}
	return false
}

func (l *listener) ask(place uint64, now time.Time, f *can.Frame) {
	req := l.asks.take(now, f)
	if req == nil || !l.side.tape.keep(exchangeCost+len(req)) {
		return
	}
	x := &exchange{request: req, place: place, sent: now}
	l.side.add(x)
	if !keepsAlive(req) {
		l.turn(now, x)
	}
}

// turn makes x what units answer from now on; nil: they answer others.
func (l *listener) turn(now time.Time, x *exchange) {
	l.lost = x == nil
	if x != nil {
		l.latest = x
	}
	for _, v := range l.voices {
		v.expire(now)
		v.latest, v.turn = l.latest, !l.lost
	}
}

func (l *listener) received(now time.Time, f *can.Frame) {
	empty := f.Is(can.Remote) || f.Len == 0 // whoever of the identifier it is for
	if f.Is(can.Extended) != l.a.Extended || !l.a.Accepts(f.ID) || !empty && !begins(f, l.a.HasAE, l.a.RXAE) {
		return
	}
	l.voice(f.ID).hear(now, f)
}

func (l *listener) voice(rx uint32) *voice {
	if v := l.voices[rx]; v != nil {
		return v
	}
	a := l.a
	if a.Functional() {
		a, _ = l.a.Responder(rx)
	}
	v := newVoice(a, l.side)
	v.latest, v.turn = l.latest, !l.lost
	l.voices[rx] = v
	return v
}

// end lets time pass: a message that broke off fails.
func (l *listener) end() {
	for _, v := range l.voices {
		v.end()
	}
}
