package discover

import (
	"iter"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// source is where an answer comes from.
type source struct {
	identifier
	hasAE bool
	ae    byte
}

type identifier struct {
	id       uint32
	extended bool
}

func idOf(f *can.Frame) identifier { return identifier{f.ID, f.Is(can.Extended)} }

func sourceOf(a transport.Address) source {
	s := source{identifier: identifier{a.RX, a.Extended}, hasAE: a.HasAE}
	if a.HasAE {
		s.ae = a.RXAE
	}
	return s
}

// payload is what a source says in a frame, first the PCI. False: the frame is
// not from this source.
func (s source) payload(f *can.Frame) ([]byte, bool) {
	d := f.Payload()
	switch {
	case idOf(f) != s.identifier || len(d) == 0:
		return nil, false
	case !s.hasAE:
		return d, true
	}
	return d[1:], d[0] == s.ae
}

// answers gives what a frame may be as an answer: from whom, and what.
func answers(f *can.Frame) iter.Seq2[source, []byte] {
	return func(yield func(source, []byte) bool) {
		d := f.Payload()
		if f.Is(can.Remote) {
			return
		}
		if msg := single(d); presents(msg) && !yield(source{identifier: idOf(f)}, msg) || len(d) == 0 {
			return
		}
		if msg := single(d[1:]); presents(msg) {
			yield(source{idOf(f), true, d[0]}, msg)
		}
	}
}

// single is the message of a single frame, else nil.
func single(d []byte) []byte {
	if len(d) == 0 || d[0] == 0 || d[0] > 7 || len(d) <= int(d[0]) {
		return nil
	}
	return d[1 : 1+d[0]]
}

const (
	negative = 0x7F
	service  = 0x3E
	positive = service + 0x40

	pending = 0x78
	busy    = 0x21
)

// presents reports whether a message is an answer to tester present: 7E, with
// the sub-function or without, or 7F 3E and a reason.
func presents(msg []byte) bool {
	switch {
	case len(msg) == 3:
		return msg[0] == negative && msg[1] == service && msg[2] >= 0x10
	case len(msg) == 2:
		return msg[0] == positive && msg[1] <= 1
	}
	return len(msg) == 1 && msg[0] == positive
}

// fits reports whether an answer is one to this message: what it repeats is
// what was asked.
func fits(msg, answer []byte) bool {
	return answer[0] == negative || len(answer) == 1 || len(msg) == 2 && msg[1] == answer[1]
}

func isPending(answer []byte) bool { return answer[0] == negative && answer[2] == pending }

// expected gives where an answer to a probe may come from, most usual first.
func expected(p *probe) iter.Seq[source] {
	return func(yield func(source) bool) {
		a := p.Address
		first := sourceOf(a)
		if !yield(first) || a.HasAE {
			return
		}
		for rx := range transport.UsualResponses(a.TX, a.Extended) {
			if s := (source{identifier: identifier{rx, a.Extended}}); s != first && !yield(s) {
				return
			}
		}
	}
}
