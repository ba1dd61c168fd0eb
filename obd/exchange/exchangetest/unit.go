// Package exchangetest has a transport.Conn with a unit behind it, for the
// tests of those who make requests. It starts no goroutine and keeps time by
// the package time, so that it can live in a synctest bubble.
package exchangetest

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/untether-obd/untether/obd/transport"
)

// Reply is one message of a unit.
type Reply struct {
	After time.Duration     // from the end of the request to the first frame
	Lasts time.Duration     // from the first to the last frame
	From  transport.Address // zero: the Unit's own
	Data  []byte
	Err   error // the reception fails so, instead
}

// Request is a message that a Unit received.
type Request struct {
	At   time.Time // end of the sending
	Data []byte
	Want transport.Want
}

// Unit is a Conn to a unit that answers as a function says.
type Unit struct {
	// SendTime is how long each Send takes.
	SendTime time.Duration
	// Refuse, where set, may make a Send fail before anything is sent.
	Refuse func(req []byte) error

	address transport.Address
	answer  func(n int, req []byte) []Reply

	mu       sync.Mutex
	busy     int // calls under way
	overlaps int
	requests []Request
	coming   []pending
	closed   chan struct{}
	once     sync.Once
}

type pending struct {
	first, last time.Time
	reply       Reply
}

// New gives a Conn to the address a. The n-th request, from 0, is answered by
// what answer returns for it.
func New(a transport.Address, answer func(n int, req []byte) []Reply) *Unit {
	return &Unit{address: a, answer: answer, closed: make(chan struct{})}
}

// Requests are the messages received so far.
func (u *Unit) Requests() []Request {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.requests)
}

// Overlaps counts the calls that began while another was under way.
func (u *Unit) Overlaps() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.overlaps
}

func (u *Unit) enter() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.busy > 0 {
		u.overlaps++
	}
	u.busy++
}

func (u *Unit) leave() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.busy--
}

// Send gives the unit a request. What nobody has received is dropped.
func (u *Unit) Send(ctx context.Context, msg []byte, w transport.Want) error {
	u.enter()
	defer u.leave()
	if u.Refuse != nil {
		if err := u.Refuse(msg); err != nil {
			return err
		}
	}
	if err := u.wait(ctx, u.SendTime); err != nil {
		return u.failed("send", transport.SentNo, err)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	n, now := len(u.requests), time.Now()
	u.requests = append(u.requests, Request{At: now, Data: bytes.Clone(msg), Want: w})
	u.coming = u.coming[:0]
	for _, r := range u.answer(n, msg) {
		first := now.Add(r.After)
		u.coming = append(u.coming, pending{first: first, last: first.Add(r.Lasts), reply: r})
	}
	slices.SortStableFunc(u.coming, func(a, b pending) int { return cmp.Compare(a.last.Sub(b.last), 0) })
	return nil
}

// Recv waits for the next reply to be complete, if its first frame comes in
// time.
func (u *Unit) Recv(ctx context.Context, begin time.Duration) (transport.Message, error) {
	u.enter()
	defer u.leave()
	p, ok := u.next(time.Now().Add(begin))
	if !ok {
		if err := u.wait(ctx, begin); err != nil {
			return transport.Message{}, u.failed("receive", transport.SentYes, err)
		}
		return transport.Message{}, &transport.TimeoutError{Timer: "P2", Address: u.address, After: begin}
	}
	if err := u.wait(ctx, time.Until(p.last)); err != nil {
		return transport.Message{}, u.failed("receive", transport.SentYes, err)
	}
	if p.reply.From.IsZero() {
		p.reply.From = u.address
	}
	return transport.Message{From: p.reply.From, Data: p.reply.Data, First: p.first, Last: p.last}, p.reply.Err
}

// next takes the reply that is complete first of those that begin in time.
func (u *Unit) next(deadline time.Time) (pending, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	i := slices.IndexFunc(u.coming, func(p pending) bool { return !p.first.After(deadline) })
	if i < 0 {
		return pending{}, false
	}
	p := u.coming[i]
	u.coming = slices.Delete(u.coming, i, i+1)
	return p, true
}

func (u *Unit) wait(ctx context.Context, d time.Duration) error {
	var over <-chan time.Time
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		over = t.C
	}
	select {
	case <-u.closed:
		return transport.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	default:
	}
	if over == nil {
		return nil
	}
	select {
	case <-over:
		return nil
	case <-u.closed:
		return transport.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (u *Unit) failed(op string, sent transport.Sent, err error) error {
	return &transport.OpError{Op: op, Address: u.address, Sent: sent, Err: err}
}

// Close ends all waiting.
func (u *Unit) Close() error {
	u.once.Do(func() { close(u.closed) })
	return nil
}
