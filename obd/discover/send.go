package discover

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
)

// send puts a probe on its way. That others were heard at its identifier just
// now is no error.
func (s *scan) send(ctx context.Context, p *probe) (sent bool, err error) {
	s.note(p)
	err = s.probing.Send(ctx, p.dialect, p.Probe)
	if err == nil {
		return true, nil
	}
	s.forget(p)
	denied, ok := errors.AsType[*guard.DeniedError](err)
	if ok && denied.Rule == guard.RuleTraffic {
		return false, nil
	}
	return false, err
}

// note expects the echo and the answer of a probe, before either can come.
func (s *scan) note(p *probe) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.sent = time.Now()
	s.flying = append(s.flying, p)
	s.recent = append(s.recent, p)
	for from := range expected(p) {
		s.asked[from] = append(s.asked[from], p)
	}
	s.stats.Probes++
}

// forget is for a probe that was not sent after all: nothing is its answer.
func (s *scan) forget(p *probe) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flying = slices.DeleteFunc(s.flying, func(q *probe) bool { return q == p })
	p.sent = time.Time{}
	s.stats.Probes--
}

// lose is what happens when frames were lost: answers may have been among
// them, and echoes.
func (s *scan) lose() {
	now := time.Now()
	for _, p := range s.recent {
		if now.Sub(p.sent) <= p2 && !p.second {
			s.lost = append(s.lost, p)
		}
	}
	s.recent, s.flying = nil, nil
}

// repeat asks once more where a frame may have been lost.
func (s *scan) repeat(ctx context.Context) (some bool, err error) {
	var again []*probe
	for _, p := range s.takeLost() {
		q := p.again(p.Pad)
		q.second = true
		again = append(again, q)
	}
	s.of += len(again)
	return len(again) > 0, s.pass(ctx, again)
}

func (s *scan) takeLost() []*probe {
	s.mu.Lock()
	defer s.mu.Unlock()
	lost := s.lost
	s.lost = nil
	return lost
}

// confirmLimit is N_As: a frame that is not on the wire by then will not be.
const confirmLimit = time.Second

func (s *scan) hasRoom() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.flying) < inFlight
}

func (s *scan) quiet() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.flying) == 0
}

// rest waits until every probe is on the wire and P2 has passed since, and
// asks again where frames were lost meanwhile.
func (s *scan) rest(ctx context.Context) error {
	for some := true; some; {
		if err := s.confirmed(ctx, s.quiet); err != nil {
			return err
		}
		s.stats.Phases++
		if err := s.wait(ctx, time.Now().Add(p2), never); err != nil {
			return err
		}
		var err error
		if some, err = s.repeat(ctx); err != nil {
			return err
		}
	}
	return nil
}

// confirmed waits until few enough probes are not on the wire yet.
func (s *scan) confirmed(ctx context.Context, enough func() bool) error {
	for !enough() {
		if err := s.wait(ctx, s.patience(), enough); err != nil {
			return err
		}
		if err := s.overdue(); err != nil {
			return err
		}
	}
	return nil
}

// patience is when the oldest probe in the controller is given up.
func (s *scan) patience() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.flying) == 0 {
		return time.Now()
	}
	return s.flying[0].sent.Add(confirmLimit)
}

// overdue gives up the oldest probe if its time has come: only its echo may
// have been lost where that of another came since, else nothing goes any more.
func (s *scan) overdue() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.flying) == 0 || time.Since(s.flying[0].sent) < confirmLimit {
		return nil
	}
	p := s.flying[0]
	if s.echoed.After(p.sent) {
		s.flying = s.flying[1:]
		if !p.second {
			s.lost = append(s.lost, p)
		}
		return nil
	}
	e := &transport.OpError{Op: "probe", Address: p.Address, Sent: transport.SentUnknown, Err: transport.ErrNoAck}
	if !s.unacked {
		e.Err = &transport.TimeoutError{Timer: "N_As", Address: p.Address, After: confirmLimit}
	}
	return e
}

func never() bool { return false }

// wait returns at a time, or as soon as hear has made something true; with an
// error where the scan cannot go on.
func (s *scan) wait(ctx context.Context, until time.Time, enough func() bool) error {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.failed(); err != nil || enough() {
			return err
		}
		select {
		case <-s.news:
		case <-timer.C:
			return s.failed()
		case <-ctx.Done():
		}
	}
}

func (s *scan) failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure
}
