package exchange

import (
	"context"
	"sync"
	"time"
)

const (
	// idle is how long a dialogue rests before a keep-alive: well within the
	// 5 s after which a unit leaves its session, and long enough to be in no
	// message.
	idle = 2 * time.Second
	// again follows a keep-alive that failed.
	again = 500 * time.Millisecond
)

// keepAlive tells the unit that somebody is there if it is time, and gives
// when to look again. A session that is lost after all is noticed by the next
// read.
func (d *Dialogue) keepAlive(ctx context.Context) time.Duration {
	select {
	case d.turn <- struct{}{}:
		defer d.leave()
	case <-ctx.Done():
		return idle
	}
	if left := idle - time.Since(d.quiet); left > 0 {
		return left
	}
	if err := d.dialect.KeepAlive(ctx, d.conn); err != nil {
		return again
	}
	d.quiet = time.Now()
	return idle
}

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
