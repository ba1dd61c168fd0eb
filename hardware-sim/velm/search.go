package velm

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

const searching = "SEARCHING..."

// The order in which protocols are tried; what the data sheets' own order is,
// they do not say: CAN first is an assumption. ATSS asks for that of SAE J1978.
var (
	searchOrder   = []int{6, 8, 7, 9, 3, 5, 1, 2}
	standardOrder = []int{1, 2, 3, 5, 6, 7, 8, 9}
)

// j1850Trial is what it takes to find that nobody is on a J1850 bus.
const j1850Trial = 100 * time.Millisecond

// probe is what a search sends.
var probe = []byte{0x01, 0x00}

// search finds a protocol on which somebody answers. over says that the
// answers to the search were those to the request too.
func (s *session) search(ctx context.Context, data []byte) (p spec, over bool, err error) {
	text := searching
	if !s.model.glues {
		text += s.end()
	}
	if err := s.write(ctx, text); err != nil {
		return spec{}, false, err
	}
	same := bytes.Equal(data, probe)
	for _, n := range s.order() {
		p, err := s.try(ctx, n, same)
		switch {
		case err == nil:
			return p, same && p.family == onCAN, nil
		case errors.Is(err, errNoData), errors.Is(err, errCAN):
		default:
			return spec{}, false, err
		}
	}
	s.leave()
	s.c.protocol.number = 0
	if s.model.glues {
		if err := s.write(ctx, s.end()); err != nil {
			return spec{}, false, err
		}
	}
	return spec{}, false, errConnect
}

func (s *session) order() []int {
	order := slices.Clone(searchOrder)
	if s.c.standard {
		order = slices.Clone(standardOrder)
	}
	if n := s.c.protocol.first; n > 0 {
		order = append([]int{n}, slices.DeleteFunc(order, func(o int) bool { return o == n })...)
	}
	return order
}

// try asks on one protocol, in use afterwards if somebody answers.
func (s *session) try(ctx context.Context, number int, shown bool) (spec, error) {
	s.c.protocol.number = number
	p, _ := s.c.spec()
	switch p.family {
	case onCAN:
		return p, s.tryCAN(ctx, p, shown)
	case j1850:
		s.c.protocol.number = 0
		if err := s.listening(ctx, j1850Trial); err != nil {
			return p, err
		}
		return p, errNoData
	}
	return s.tryK(ctx, p)
}

// tryCAN sends the probe as OBD does, whatever header is set.
func (s *session) tryCAN(ctx context.Context, p spec, shown bool) error {
	header := s.c.header
	s.c.header.set = header.set && shown
	f := s.frame(p, probe)
	s.c.header = header
	return s.exchange(ctx, p, ask{frames: []can.Frame{f}, wait: s.c.responseTime(), hidden: !shown})
}

// listening waits and can be broken off by a character.
func (s *session) listening(ctx context.Context, d time.Duration) error {
	if len(s.rest) > 0 {
		return s.interrupted()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case a, ok := <-s.in:
		if err := s.arrived(a, ok); err != nil {
			return err
		}
		return s.interrupted()
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
