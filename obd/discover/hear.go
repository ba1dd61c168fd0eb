package discover

import (
	"slices"
	"time"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// hear takes what the link notices.
//
//	frame ──listening──► traffic, load
//	   ├──identifier of traffic──► nothing
//	   ├──answer to a probe of the last P2──► candidate
//	   ├──from a candidate──► its clock
//	   └──else──► traffic from now on
func (s *scan) hear(h transport.Heard) {
	s.mu.Lock()
	switch f := &h.Frame; {
	case h.Err != nil:
		s.fail(h.Err)
	case h.Dropped > 0:
		s.lose()
		s.sign(FramesLost)
	case f.Is(can.Error):
		s.report(f.ID)
	case h.Own:
		s.echo(&h.Rx)
	case s.listening:
		s.load += bitsOf(f)
		s.traffic[idOf(f)] = true
	case !s.traffic[idOf(f)]:
		s.frame(&h.Rx)
	}
	s.mu.Unlock()
	select {
	case s.news <- struct{}{}:
	default:
	}
}

// fail notes why nothing more can be sent; the first reason stays.
func (s *scan) fail(err error) {
	if s.failure == nil {
		s.failure = &transport.OpError{Op: "probe", Err: err}
	}
}

// report takes what the controller says of the bus.
func (s *scan) report(classes uint32) {
	const errors = can.ErrTxTimeout | can.ErrController | can.ErrProtocol | can.ErrBusError | can.ErrRestarted
	switch {
	case s.listening:
	case classes&can.ErrBusOff != 0:
		s.fail(transport.ErrBusOff)
	case classes&can.ErrAck != 0:
		s.unacked = true
		s.sign(NoAck)
	case classes&errors != 0:
		s.sign(BusErrors)
	}
}

// echo notes that a frame of ours is on the wire.
func (s *scan) echo(rx *can.Rx) {
	s.unacked = false
	for _, c := range s.order {
		c.clock.asked(rx)
	}
	i := slices.IndexFunc(s.flying, func(p *probe) bool { return p.frame == rx.Frame })
	if i < 0 {
		return
	}
	p := s.flying[i]
	s.flying = slices.Delete(s.flying, i, i+1)
	p.echoed, s.echoed = rx.Time, time.Now()
	if s.late.note(time.Since(p.sent), s.car.Bitrate) {
		s.sign(EchoesLate)
	}
}

// frame is one on an identifier that nobody was heard with while listening.
func (s *scan) frame(rx *can.Rx) {
	s.pace.spend(bitsOf(&rx.Frame))
	known := false
	for from, msg := range answers(&rx.Frame) {
		known = s.answer(rx, from, msg) || known
	}
	for _, c := range s.order {
		if d, ok := c.from.payload(&rx.Frame); ok {
			known = true
			c.clock.heard(rx.Time, d)
		}
	}
	if !known {
		s.traffic[idOf(&rx.Frame)] = true
	}
}

// answer takes a message that has the form of an answer, and says whether it
// belongs to a candidate.
func (s *scan) answer(rx *can.Rx, from source, msg []byte) bool {
	causes := s.causes(from, rx.Time, msg)
	c := s.candidates[from]
	switch {
	case c == nil && len(causes) == 0:
		return false
	case c == nil:
		c = &candidate{from: from, at: rx.Time, causes: causes}
		s.candidates[from] = c
		s.order = append(s.order, c)
	}
	c.take(rx.Time, msg, causes)
	s.stats.AnswerBits += bitsOf(&rx.Frame)
	if msg[0] == negative && msg[2] == busy {
		s.sign(UnitBusy)
	}
	return true
}

// causes are the probes that a message can be the answer to.
func (s *scan) causes(from source, at time.Time, msg []byte) (probes []*probe) {
	for _, p := range s.asked[from] {
		if p.covers(at) && fits(p.Message, msg) {
			probes = append(probes, p)
		}
	}
	return probes
}

// covers reports whether a time is within P2 of the probe. One whose echo was
// not heard counts from our own time.
func (p *probe) covers(at time.Time) bool {
	if p.echoed.IsZero() {
		return time.Since(p.sent) <= p2
	}
	return !at.Before(p.echoed) && at.Sub(p.echoed) <= p2
}
