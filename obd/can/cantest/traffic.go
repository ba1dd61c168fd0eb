package cantest

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
)

const many = 100 // frames; more than a controller's queue

func numbered(id uint32, n int) can.Frame { return can.NewFrame(id, byte(n>>8), byte(n)) }

// concurrently runs f beside the test and waits for it at the test's end.
func concurrently(t *testing.T, f func()) {
	t.Helper()
	var wg sync.WaitGroup
	wg.Go(f)
	t.Cleanup(wg.Wait)
}

// stream sends n numbered frames beside the test.
func stream(t *testing.T, b can.Bus, id uint32, n int) {
	t.Helper()
	concurrently(t, func() {
		for i := range n {
			if err := b.Send(t.Context(), numbered(id, i)); err != nil {
				t.Errorf("send %d of %03X: %v", i, id, err)
				return
			}
		}
	})
}

func order(t *testing.T, p pair) {
	t.Helper()
	stream(t, p.a, 0x123, many)
	for i := range many {
		require.Equal(t, numbered(0x123, i), foreign(t, p.b).Frame)
	}
}

func both(t *testing.T, p pair) {
	t.Helper()
	stream(t, p.a, 0x7E0, many)
	stream(t, p.b, 0x7E8, many)
	for i := range many {
		require.Equal(t, numbered(0x7E0, i), foreign(t, p.b).Frame)
		require.Equal(t, numbered(0x7E8, i), foreign(t, p.a).Frame)
	}
}

func shared(t *testing.T, p pair) {
	t.Helper()
	const senders = 4
	for s := range senders {
		stream(t, p.a, uint32(0x100+s), many/senders)
	}
	frames := make(chan can.Frame, many)
	for range 2 {
		concurrently(t, func() {
			for {
				rx, err := p.b.Recv(t.Context())
				if err != nil {
					return // the test is over
				}
				frames <- rx.Frame
			}
		})
	}
	seen := make(map[can.Frame]bool)
	for range many {
		select {
		case f := <-frames:
			require.False(t, seen[f], "%s came twice", f)
			seen[f] = true
		case <-time.After(limit):
			require.Len(t, seen, many, "frames missing")
		}
	}
}

func times(t *testing.T, p pair) {
	t.Helper()
	before := time.Now()
	var last time.Time
	for i := range 5 {
		send(t, p.a, numbered(0x123, i))
		at := foreign(t, p.b).Time
		require.False(t, at.Before(last), "frame %d came before the one before it", i)
		last = at
	}
	require.WithinRange(t, last, before, time.Now())
}

func echo(t *testing.T, p pair) {
	t.Helper()
	require.Equal(t, p.caps.Echo, can.Echoes(p.a), "what the bus says of itself")
	for i := range 5 {
		send(t, p.a, numbered(0x123, i))
		require.False(t, foreign(t, p.b).Own)
		if p.caps.Echo {
			require.Equal(t, numbered(0x123, i), own(t, p.a).Frame)
		}
	}
	silent(t, p.a)
	silent(t, p.b)
}
