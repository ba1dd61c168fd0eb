package inspect

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// flight measures how many requests run side by side.
func flight(t *testing.T, p *pace, serial []bool) (most int) {
	t.Helper()
	var mu sync.Mutex
	var now int
	var wg sync.WaitGroup
	for _, s := range serial {
		wg.Go(func() {
			_ = p.request(t.Context(), s, func() error {
				mu.Lock()
				now++
				most = max(most, now)
				mu.Unlock()
				time.Sleep(time.Second)
				mu.Lock()
				now--
				mu.Unlock()
				return nil
			})
		})
	}
	wg.Wait()
	return most
}

func TestPace(t *testing.T) {
	seven := make([]bool, 7)
	for name, c := range map[string]struct {
		prepare func(p *pace)
		serial  []bool
		want    int
	}{
		"four side by side":                         {func(*pace) {}, seven, 4},
		"one in all, once anything is in distress":  {func(p *pace) { p.distress() }, seven, 1},
		"a serial unit has the bus for itself":      {func(*pace) {}, []bool{true, true, true}, 1},
		"latency that doubled is distress":          {func(p *pace) { p.answered("a", 40*time.Millisecond); p.answered("a", 81*time.Millisecond) }, seven, 1},
		"latency that just did not double is none":  {func(p *pace) { p.answered("a", 40*time.Millisecond); p.answered("a", 79*time.Millisecond) }, seven, 4},
		"another unit's latency is no measure":      {func(p *pace) { p.answered("a", 40*time.Millisecond); p.answered("b", 200*time.Millisecond) }, seven, 4},
		"below P2 a doubled latency says nothing":   {func(p *pace) { p.answered("a", 5*time.Millisecond); p.answered("a", 50*time.Millisecond) }, seven, 4},
		"above P2 the same unit's doubled one does": {func(p *pace) { p.answered("a", 5*time.Millisecond); p.answered("a", 51*time.Millisecond) }, seven, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPace(lanes)
				c.prepare(p)
				require.Equal(t, c.want, flight(t, p, c.serial))
			})
		})
	}
}

func TestPaceIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(lanes)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var wg sync.WaitGroup
		defer wg.Wait()
		wg.Go(func() { _ = p.request(t.Context(), true, func() error { time.Sleep(time.Minute); return nil }) })
		synctest.Wait()
		err := p.request(ctx, false, func() error { return nil })
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}
