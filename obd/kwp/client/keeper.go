package client

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/kwp"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
)

const (
	// idle is how long a conversation rests before a 3E: well within the 5 s
	// that a unit waits, and long enough to be in no message.
	idle = 2 * time.Second
	// again follows a 3E that failed.
	again = 500 * time.Millisecond
)

// keeper runs one goroutine that calls a function from time to time. It knows
// nothing of sessions.
type keeper struct {
	mu    sync.Mutex
	halt  func() // ends the goroutine and waits for it; nil: none runs
	ended bool
}

// keep calls beat after idle and then as often as it says, until rest or end.
func (k *keeper) keep(beat func(context.Context) time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.halt != nil || k.ended {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	k.halt = func() {
		cancel()
		<-done
	}
	go func() {
		defer close(done)
		run(ctx, beat)
	}()
}

func run(ctx context.Context, beat func(context.Context) time.Duration) {
	t := time.NewTimer(idle)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			t.Reset(beat(ctx))
		case <-ctx.Done():
			return
		}
	}
}

// rest ends the goroutine; keep may start another.
func (k *keeper) rest() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.halt != nil {
		k.halt()
		k.halt = nil
	}
}

// end ends the goroutine for good.
func (k *keeper) end() {
	k.mu.Lock()
	k.ended = true
	k.mu.Unlock()
	k.rest()
}

// keepAlive says 3E if it is time and tells when to look again. A session that
// is lost after all is noticed by the next read.
func (c *Client) keepAlive(ctx context.Context) time.Duration {
	select {
	case c.turn <- struct{}{}:
		defer c.leave()
	case <-ctx.Done():
		return idle
	}
	if left := idle - time.Since(c.quiet); left > 0 {
		return left
	}
	if err := c.sayPresent(ctx); err != nil {
		return again
	}
	c.quiet = time.Now()
	return idle
}

func (c *Client) sayPresent(ctx context.Context) error {
	req, err := c.present.AppendBinary(nil)
	if err != nil {
		return err
	}
	if c.present.Silent {
		return c.conn.Send(ctx, req, transport.Want{})
	}
	_, err = exchange.Do(ctx, c.conn, req, c.terms)
	if errors.Is(err, uds.SubFunctionNotSupported) {
		c.present = kwp.Present{Bare: true}
	}
	var refused *uds.NegativeResponseError
	if errors.As(err, &refused) {
		return nil // it is there all the same
	}
	return err
}
