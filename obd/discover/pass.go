package discover

import (
	"context"
	"slices"
	"time"

	"github.com/untether-obd/untether/obd/transport"
)

// pass sends probes, each at its time.
func (s *scan) pass(ctx context.Context, probes []*probe) error {
	for _, p := range probes {
		if err := s.ask(ctx, p); err != nil {
			return err
		}
		s.done++
		s.options.Progress(s.done, s.of)
	}
	return nil
}

// inUse reports whether others send where the probe goes, or where its answer
// must come from.
func (s *scan) inUse(p *probe) bool {
	if s.car.InUse(transport.Address{TX: p.Address.TX, RX: p.Address.TX, Extended: p.Address.Extended}) {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	request := identifier{p.Address.TX, p.Address.Extended}
	if s.traffic[request] || slices.ContainsFunc(s.order, func(c *candidate) bool { return c.from.identifier == request }) {
		return true
	}
	for from := range expected(p) {
		if !s.traffic[from.identifier] {
			return false
		}
	}
	return true
}

// inFlight bounds the probes that wait in the controller.
const inFlight = 16

// ask sends a probe when it is due, unless others use its identifiers by then.
func (s *scan) ask(ctx context.Context, p *probe) error {
	if s.inUse(p) {
		s.leaveOut()
		return nil
	}
	if err := s.turn(ctx); err != nil {
		return err
	}
	if s.inUse(p) {
		s.leaveOut()
		return nil
	}
	sent, err := s.send(ctx, p)
	if sent {
		s.pay(p.bits)
	}
	return err
}

// turn waits until the controller has room and what was sent before is paid.
func (s *scan) turn(ctx context.Context) error {
	if err := s.confirmed(ctx, s.hasRoom); err != nil {
		return err
	}
	for due := s.due(); time.Now().Before(due); due = s.due() {
		if err := s.wait(ctx, due, never); err != nil {
			return err
		}
	}
	return nil
}

func (s *scan) due() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pace.due()
}

func (s *scan) pay(bits int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pace.forget(time.Now())
	s.pace.spend(bits)
	s.stats.ProbeBits += bits
}

func (s *scan) leaveOut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.InUse++
}

// hasAnswer reports whether somebody at a known address has answered.
func (s *scan) hasAnswer(p *probe) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.candidates[sourceOf(p.Address)] != nil
}
