package isotp

import (
	"context"
	"errors"
	"slices"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// read ends when the bus is closed.
func (l *Link) read() {
	for {
		rx, err := l.bus.Recv(context.Background())
		l.overhear(&rx, err)
		if dropped, ok := errors.AsType[*can.DroppedError](err); ok {
			l.count(func(s *Stats) { s.Dropped += dropped.Count })
			continue
		}
		switch {
		case err != nil:
			l.end(err)
			return
		case rx.Frame.Is(can.Error):
			l.report(&rx.Frame)
		case rx.Own:
			l.confirm(&rx)
		default:
			l.deliver(&rx)
		}
	}
}

// confirm finds the frame that an echo belongs to.
func (l *Link) confirm(rx *can.Rx) {
	l.mu.Lock()
	l.noAck = false
	i := slices.IndexFunc(l.flying, func(o *outgoing) bool { return o.frame == rx.Frame })
	if i < 0 {
		l.mu.Unlock()
		return // sent by somebody else through the same controller
	}
	o := l.flying[i]
	l.flying = slices.Delete(l.flying, i, i+1)
	l.mu.Unlock()
	o.from.transmitted(o, nil)
}

// report takes what the controller says: no acknowledge is remembered as the
// reason of a coming N_As timeout, bus-off ends whatever is being sent.
func (l *Link) report(f *can.Frame) {
	l.mu.Lock()
	if f.ID&can.ErrAck != 0 {
		l.noAck = true
	}
	l.stats.report(f)
	var lost []*outgoing
	if f.ID&can.ErrBusOff != 0 {
		lost = append(l.flying, l.queue...)
		l.flying, l.queue = nil, nil
	}
	l.mu.Unlock()
	for _, o := range lost {
		o.from.transmitted(o, transport.ErrBusOff)
	}
}

// Bits of an error frame's second byte, as in linux/can/error.h: the
// controller is error-passive.
const passive = 0x10 | 0x20

func (s *Stats) report(f *can.Frame) {
	switch {
	case f.ID&can.ErrAck != 0:
		s.Unheard++
	case f.ID&(can.ErrProtocol|can.ErrBusError) != 0:
		s.Errors++
	}
	if f.ID&can.ErrController != 0 && f.Data[1]&passive != 0 {
		s.Passive++
	}
}

// notice counts what others send besides answers to us; l.mu is held.
func (l *Link) notice(f *can.Frame) {
	k := key{id: f.ID, extended: f.Is(can.Extended)}
	switch {
	case f.Is(can.FD):
		l.stats.FD++
	case l.asked[k]:
		l.stats.Testers++
	case (f.Is(can.Remote) || f.Len == 0) && l.answers[k]:
		l.stats.Ignored++
	}
}

func (l *Link) unacknowledged() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.noAck
}

// deliver hands a frame to the conversation it belongs to. A unit that we
// also talk to alone gets its own answer; else the group that asked has it.
func (l *Link) deliver(rx *can.Rx) {
	f := &rx.Frame
	l.mu.Lock()
	l.notice(f)
	single := l.find(f)
	var group *Conn
	for _, g := range l.groups {
		if g.accepts(f) {
			group = g
			break
		}
	}
	l.mu.Unlock()
	if f.Is(can.Remote) || f.Len == 0 {
		return
	}
	switch {
	case single != nil && (group == nil || single.expecting()):
		l.judge(single, f.ID, single.take(rx))
	case group != nil:
		l.judge(group, f.ID, group.take(rx))
	}
}

func (l *Link) find(f *can.Frame) *Conn {
	k := key{id: f.ID, extended: f.Is(can.Extended), ae: -1}
	if c := l.conns[k]; c != nil || f.Len == 0 {
		return c
	}
	k.ae = int16(f.Data[0])
	return l.conns[k]
}

// judge counts a frame that c was given, and notes that somebody answers it.
func (l *Link) judge(c *Conn, id uint32, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.stats.Ignored++
		return
	}
	l.asked[key{id: c.addr.TX, extended: c.addr.Extended}] = true
	l.answers[key{id: id, extended: c.addr.Extended}] = true
}
