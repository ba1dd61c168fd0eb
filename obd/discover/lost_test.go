package discover_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/discover"
)

// leaky is a bus that loses what a test says: the nth frame that comes.
type leaky struct {
	can.Bus
	count  int
	loses  func(n int, rx *can.Rx) bool
	missed uint64
	tells  bool // of what was lost, before the next frame
}

func (b *leaky) Echoes() bool { return can.Echoes(b.Bus) }

func (b *leaky) Recv(ctx context.Context) (can.Rx, error) {
	for {
		rx, err := b.Bus.Recv(ctx)
		b.count++
		switch {
		case err != nil:
			return rx, err
		case b.loses(b.count, &rx):
			b.missed++
			continue
		case b.missed > 0 && b.tells:
			err := &can.DroppedError{Count: b.missed + 1} // and this one
			b.missed = 0
			return can.Rx{}, err
		}
		return rx, nil
	}
}

// deaf is a bus without echoes.
type deaf struct{ can.Bus }

func (b deaf) Recv(ctx context.Context) (can.Rx, error) {
	for {
		rx, err := b.Bus.Recv(ctx)
		if err != nil || !rx.Own {
			return rx, err
		}
	}
}

// scanThrough scans thirty units through a bus.
func scanThrough(t *testing.T, wrap func(can.Bus) can.Bus, check func(t *testing.T, got *discover.Result)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		r := newRig(t, at500k)
		r.wrap = wrap
		units := thirty()
		r.add(units...)
		alike(r)
		got := r.scan(discover.Options{Full: true})
		requireUnits(t, addressesOf(units), got)
		check(t, got)
	})
}

// Where frames were lost is asked again, answers and echoes alike.
func TestLostFrames(t *testing.T) {
	between := func(first, last int) func(can.Bus) can.Bus {
		return func(b can.Bus) can.Bus {
			return &leaky{Bus: b, tells: true, loses: func(n int, _ *can.Rx) bool { return first <= n && n < last }}
		}
	}
	for name, wrap := range map[string]func(can.Bus) can.Bus{
		"early": between(1400, 1600), "in the middle": between(2000, 2100), "a single one": between(1900, 1901),
	} {
		t.Run(name, func(t *testing.T) {
			scanThrough(t, wrap, func(t *testing.T, got *discover.Result) {
				t.Helper()
				require.Equal(t, discover.FramesLost, got.Distress[0].Sign)
				require.Greater(t, got.Stats.Probes, 1300)
				require.Equal(t, 2, got.Stats.Phases)
			})
		})
	}
}

// An adapter that swallows echoes now and then, and says nothing of it.
func TestLostEchoes(t *testing.T) {
	swallow := func(b can.Bus) can.Bus {
		own := 0
		return &leaky{Bus: b, loses: func(_ int, rx *can.Rx) bool {
			if rx.Own {
				own++
			}
			return rx.Own && own%300 == 0
		}}
	}
	scanThrough(t, swallow, func(t *testing.T, got *discover.Result) {
		t.Helper()
		require.Greater(t, got.Stats.Probes, 1292, "those are asked again")
	})
}

func TestBusWithoutEchoes(t *testing.T) {
	scanThrough(t, func(b can.Bus) can.Bus { return deaf{b} }, func(t *testing.T, got *discover.Result) {
		t.Helper()
		require.Empty(t, got.Distress)
		require.Zero(t, got.Stats.Rejected)
	})
}
