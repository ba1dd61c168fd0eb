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
	single := l.find(f)
	var group *Conn
	for _, g := range l.groups {
		if g.accepts(f) {
			group = g
			break
		}
	}
	l.mu.Unlock()
	switch {
	case single != nil && (group == nil || single.expecting()):
		l.judge(single.take(rx))
	case group != nil:
		l.judge(group.take(rx))
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

func (l *Link) judge(err error) {
	if err != nil {
		l.count(func(s *Stats) { s.Ignored++ })
	}
}
