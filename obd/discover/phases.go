package discover

import (
	"context"
	"slices"
	"time"

	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
)

// find makes the whole plan and confirms what seems to answer.
func (s *scan) find(ctx context.Context) error {
	defer func() { s.ended = time.Now() }()
	if err := s.passes(ctx); err != nil {
		return err
	}
	return s.confirmAll(ctx)
}

// passes makes the probes of the plan, one P2 between two to one address.
func (s *scan) passes(ctx context.Context) error {
	padded, short := s.known(transport.Padding(0)), s.known(transport.PadNone)
	full := s.strangers(padded)
	s.of = len(padded) + len(full) + len(short)
	if err := s.pass(ctx, padded); err != nil {
		return err
	}
	rested := time.Now().Add(p2)
	if err := s.pass(ctx, full); err != nil {
		return err
	}
	if len(short) == 0 {
		return s.rest(ctx)
	}
	if time.Now().Before(rested) {
		if err := s.rest(ctx); err != nil {
			return err
		}
	}
	if err := s.pass(ctx, short); err != nil {
		return err
	}
	return s.onceMore(ctx, padded)
}

// onceMore asks those known addresses again that kept silent: the first probe
// may have woken the unit, and the second been too short for it.
func (s *scan) onceMore(ctx context.Context, padded []*probe) error {
	if err := s.rest(ctx); err != nil {
		return err
	}
	var again []*probe
	for _, p := range padded {
		if !s.hasAnswer(p) {
			again = append(again, p.again(p.Pad))
		}
	}
	if len(again) == 0 {
		return nil
	}
	s.of += len(again)
	if err := s.pass(ctx, again); err != nil {
		return err
	}
	return s.rest(ctx)
}

// known are the addresses of the caller, each once. Groups are not probed, and
// no bus with CAN FD is joined.
func (s *scan) known(pad transport.Padding) (probes []*probe) {
	seen := map[transport.Address]bool{}
	for _, k := range s.options.Known {
		if seen[k.Address] || k.Address.Functional() || k.Address.FD {
			continue
		}
		seen[k.Address] = true
		if k.Dialect == 0 {
			k.Dialect = guard.UDS
		}
		p := newProbe(k.Address, k.Dialect, pad)
		p.known = true
		probes = append(probes, p)
	}
	return probes
}

// strangers are the ranges, without those addresses that are asked anyway and
// those identifiers on which a known unit answers.
func (s *scan) strangers(known []*probe) (probes []*probe) {
	if s.options.Bench {
		probes = bench()
	}
	if s.options.Full {
		probes = append(probes, everywhere()...)
	}
	asked, answers := map[transport.Address]bool{}, map[identifier]bool{}
	for _, p := range known {
		asked[requestSide(p.Address)] = true
		answers[sourceOf(p.Address).identifier] = true
	}
	return slices.DeleteFunc(probes, func(p *probe) bool {
		return asked[requestSide(p.Address)] || answers[identifier{p.Address.TX, p.Address.Extended}]
	})
}

// requestSide is an address by where its requests go.
func requestSide(a transport.Address) transport.Address {
	a.RX, a.RXLast, a.RXAE = 0, 0, 0
	return a
}
