package elm327

import (
	"errors"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
)

// line takes what the chip prints while a request or listening is under way.
// It says stop as soon as something has come that ends mere listening.
func (x *exchange) line(l line) (stop bool) {
	switch {
	case l.word != wordNone:
		x.heed(l)
	case l.kind == kindData && x.conn.link.kline != nil:
		x.klineLine(l)
	case l.kind == kindData:
		return x.frame(l)
	case l.kind == kindText, l.kind == kindIndex, l.kind == kindLength:
		x.unreadable()
	}
	return x.listening && x.trouble != nil
}

// survive keeps an error of the chip that need not be the end: where an answer
// has not begun it may come yet, and a 78 was said only once. Without a prompt
// it is got in step again before the next command.
func (x *exchange) survive(err error) error {
	var (
		reset *ResetError
		late  *LateError
	)
	if errors.As(err, &late) && x.given {
		x.deferred = true
		return nil
	}
	if errors.As(err, &reset) && x.given && x.open == 0 {
		x.conn.loses(x, reason(err))
		return nil
	}
	return err
}

func (x *exchange) unreadable() {
	x.conn.loses(x, &ChipError{Said: "what is no frame", Err: transport.ErrGarbled, sent: transport.SentYes})
	x.conn.link.count(func(_ *isotp.Stats, i *adapter.Incidents) { i.Garbled++ })
}

// frame takes a line of data.
func (x *exchange) frame(l line) (stop bool) {
	f, ok := frameOf(l.text, x.conn.addr.Extended)
	if !ok {
		x.unreadable()
		return false
	}
	u := x.from(&f)
	if u == nil {
		return false // of others, whom the filter lets through
	}
	x.frames++
	if x.flows {
		x.hand(nil)
	}
	if at := l.at.Add(-x.chip.serial(len(l.text) + 1)); at.After(x.clock) {
		x.clock = at
	}
	err := errTorn
	if !x.unpadded(u, &f) {
		err = u.take(x.clock, &f)
	}
	switch {
	case errors.Is(err, errTorn):
		x.unreadable()
	case stray(err):
		x.conn.link.count(func(s *isotp.Stats, _ *adapter.Incidents) { s.Ignored++ })
	}
	if x.flows {
		u.drop(x.clock)
	}
	if ended := x.events(u); !x.listening || !ended && !u.speaks() {
		return false
	}
	x.end() // whoever takes the message may want to send at once
	return true
}

// unpadded reports whether a frame is short of a unit that fills all of its
// own: it may be as long as its content by accident, having lost its last byte.
// Where the chip makes the messages it leaves padding out.
func (x *exchange) unpadded(u *unit, f *can.Frame) bool {
	if x.flows {
		return false
	}
	pads := x.conn.link.pads
	if int(f.Len) == can.MaxLen && content(f, u.ae, u.left) < can.MaxLen {
		pads[u.addr] = true
	}
	return int(f.Len) < can.MaxLen && pads[u.addr]
}

// from is the unit that a frame is of; nil: none that was asked.
func (x *exchange) from(f *can.Frame) *unit {
	a := &x.conn.addr
	if !a.Accepts(f.ID) || a.HasAE && (f.Len == 0 || f.Data[0] != a.RXAE) {
		return nil
	}
	for _, u := range x.units {
		if u.addr.RX == f.ID {
			return u
		}
	}
	responder, ok := a.Responder(f.ID)
	if !ok {
		return nil
	}
	u := newUnit(responder, x.params())
	x.units = append(x.units, u)
	return u
}
