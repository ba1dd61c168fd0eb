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
	for from := range expected(p) {
		s.asked[from] = append(s.asked[from], p)
	}
	s.stats.Probes++
}

// forget is for a probe that was not sent after all. Without an echo nothing
// counts as its answer.
func (s *scan) forget(p *probe) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flying = slices.DeleteFunc(s.flying, func(q *probe) bool { return q == p })
	s.stats.Probes--
}

// confirmLimit is N_As: a frame that is not on the wire by then will not be.
const confirmLimit = time.Second

// unconfirmedUntil is when the oldest probe in the controller is given up.
func (s *scan) unconfirmedUntil() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.flying) == 0 {
		return time.Now()
	}
	return s.flying[0].sent.Add(confirmLimit)
}

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

// unconfirmed is the error of a bus that takes nothing more.
func (s *scan) unconfirmed(p *probe) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := &transport.OpError{Op: "probe", Address: p.Address, Sent: transport.SentUnknown, Err: transport.ErrNoAck}
	if !s.unacked {
		e.Err = &transport.TimeoutError{Timer: "N_As", Address: p.Address, After: confirmLimit}
	}
	return e
}

// rest waits until every probe is on the wire and P2 has passed since.
func (s *scan) rest(ctx context.Context) error {
	if err := s.untilQuiet(ctx); err != nil {
		return err
	}
	s.stats.Phases++
	return s.wait(ctx, time.Now().Add(p2), never)
}

// untilQuiet waits until every probe is on the wire.
func (s *scan) untilQuiet(ctx context.Context) error {
	for !s.quiet() {
		until := s.unconfirmedUntil()
		if err := s.wait(ctx, until, s.quiet); err != nil {
			return err
		}
		if p := s.oldest(); p != nil && !time.Now().Before(until) {
			return s.unconfirmed(p)
		}
	}
	return nil
}

func (s *scan) oldest() *probe {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.flying) == 0 {
		return nil
	}
	return s.flying[0]
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
