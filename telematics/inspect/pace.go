package inspect

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// How many units may be asked side by side: on a bus, and by an adapter that
// does one thing at a time.
const (
	lanes  = 4
	single = 1
)

// pace keeps an inspection gentle: at most four units in flight, one request a
// unit; a unit marked serial has the bus for itself. The first sign of
// distress, a busy answer, doubled latency or a lost answer, makes everything
// wait for everything else from then on.
type pace struct {
	lanes    int64
	units    *semaphore.Weighted // a unit holds one while it is being asked
	requests *semaphore.Weighted // a request holds one, or all where it must be alone

	mu     sync.Mutex
	narrow bool
	usual  map[string]time.Duration // smoothed latency of each unit
}

func newPace(lanes int64) *pace {
	return &pace{
		lanes: lanes,
		units: semaphore.NewWeighted(lanes), requests: semaphore.NewWeighted(lanes),
		usual: map[string]time.Duration{},
	}
}

// request runs f when there is room for it.
func (p *pace) request(ctx context.Context, serial bool, f func() error) error {
	weight := int64(1)
	if serial || p.isNarrow() {
		weight = p.lanes
	}
	if err := p.requests.Acquire(ctx, weight); err != nil {
		return err
	}
	defer p.requests.Release(weight)
	return f()
}

// oneByOne reports whether nothing is ever done side by side.
func (p *pace) oneByOne() bool { return p.lanes == single }

// besides runs f, which asks somebody else than the units in turn: where one
// thing is done at a time, between two of their requests.
func (p *pace) besides(ctx context.Context, f func() error) error {
	if p.oneByOne() {
		return p.request(ctx, true, f)
	}
	return f()
}

func (p *pace) isNarrow() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.narrow
}

// distress drops to one request at a time.
func (p *pace) distress() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.narrow = true
}

// slowest is a latency below which doubling says nothing: a unit answers
// within P2 (50 ms), now sooner, now later.
const slowest = 50 * time.Millisecond

// answered notes the latency of an answer that was not announced by 78.
func (p *pace) answered(unit string, latency time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	usual, known := p.usual[unit]
	if known && latency > slowest && latency > 2*usual {
		p.narrow = true
	}
	if !known {
		usual = latency
	}
	p.usual[unit] = usual + (latency-usual)/4
}
