package discover

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
)

// identifications are requests by which any unit of a dialect may say who it
// is, without a session: ISO 14229-1 VIN, serial number, supplier, spare part,
// software and hardware numbers, system name.
var identifications = map[guard.Dialect][][]byte{
	guard.UDS: {
		{0x22, 0xF1, 0x90},
		{0x22, 0xF1, 0x8C},
		{0x22, 0xF1, 0x8A},
		{0x22, 0xF1, 0x87},
		{0x22, 0xF1, 0x88},
		{0x22, 0xF1, 0x91},
		{0x22, 0xF1, 0x97},
	},
}

// atOnce is how many units are asked at the same time.
const atOnce = 4

// identify asks the units who they are. What a unit does is its own affair;
// only an error of ours ends it.
func (s *scan) identify(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	free := make(chan struct{}, atOnce)
	for _, u := range s.units {
		all.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			if err := s.reads(ctx, u); err != nil {
				cancel(err)
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// reads asks one unit. Only an error that is ours is given.
func (s *scan) reads(ctx context.Context, u *found) error {
	requests := identifications[u.Dialect]
	if len(requests) == 0 {
		return nil
	}
	params := transport.Params{}
	if u.Padded == Silent {
		params.Pad = transport.PadNone
	}
	conn, err := s.car.Link.Dial(ctx, u.Address, u.Dialect, params)
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, request := range requests {
		res, err := exchange.Do(ctx, conn, request, exchange.Terms{Echo: len(request) - 1})
		_, refused := errors.AsType[*uds.NegativeResponseError](err)
		if !refused && err != nil && exchange.Culprit(err).IsZero() {
			return err
		}
		read := Read{Request: request, Response: slices.Clone(res.Message.Data)}
		if !refused {
			read.Err = err
		}
		u.Reads = append(u.Reads, read)
	}
	return nil
}

// result is what was found so far.
func (s *scan) result() *Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &Result{Distress: s.distress, Stats: s.stats}
	r.Stats.Share = s.pace.share
	r.Stats.Scanning = s.ended.Sub(s.began)
	for _, u := range s.units {
		u.Timing = u.candidate.clock.timing()
		r.Units = append(r.Units, u.Unit)
	}
	slices.SortFunc(r.Units, func(a, b Unit) int { return byAddress(a.Address, b.Address) })
	return r
}

func byAddress(a, b transport.Address) int {
	return cmp.Or(
		boolean(a.Extended)-boolean(b.Extended), cmp.Compare(a.TX, b.TX), cmp.Compare(a.TXAE, b.TXAE), cmp.Compare(a.RX, b.RX),
	)
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}
