package slcan

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestTimesAreUnrolled: a dongle's times have 16 bits or are within a minute;
// ours go on.
func TestTimesAreUnrolled(t *testing.T) {
	for name, turn := range map[string]int64{"a minute": 60_000, "16 bits": 65_536} {
		t.Run(name, func(t *testing.T) {
			var c clock
			start := time.Unix(1000, 0)
			for ms := int64(0); ms < 400_000; ms += 7_919 {
				delay := time.Duration(ms%13) * time.Millisecond
				at := start.Add(time.Duration(ms) * time.Millisecond)
				got := c.ours(at.Add(delay), int((ms+12_345)%turn))
				require.WithinDuration(t, at, got, 500*time.Millisecond) // the drift that is allowed for
			}
			require.Equal(t, turn, c.turn, "it was learned")
		})
	}
}

func TestTimesAcrossASilence(t *testing.T) {
	c := clock{turn: 60_000}
	start := time.Unix(1000, 0)
	c.ours(start, 100)
	silence := 2*time.Minute + 3*time.Millisecond
	got := c.ours(start.Add(silence+400*time.Millisecond), 103)
	require.Equal(t, start.Add(silence+(silence+400*time.Millisecond)/drift), got, "and the drift that is allowed for")
}

// TestTimesOfOneBurst: distances are the dongle's, not the line's.
func TestTimesOfOneBurst(t *testing.T) {
	var c clock
	start := time.Unix(1000, 0)
	c.ours(start, 59_998)
	late := start.Add(50 * time.Millisecond)
	for i, stamp := range []int{59_999, 1, 2} {
		c.turn = 60_000
		want := start.Add(time.Duration([]int{1, 3, 4}[i]) * time.Millisecond)
		require.WithinDuration(t, want, c.ours(late, stamp), 100*time.Microsecond)
	}
}

// TestTimesNeverGoBack, nor are they in the future.
func TestTimesNeverGoBack(t *testing.T) {
	var c clock
	start := time.Unix(1000, 0)
	last := time.Time{}
	for i, stamp := range []int{100, 90, 40_000, 0, 65_535, 3} {
		now := start.Add(time.Duration(i) * time.Millisecond)
		got := c.ours(now, stamp)
		require.False(t, got.Before(last))
		require.False(t, got.After(now))
		last = got
	}
	require.Equal(t, last, c.arrival(last.Add(-time.Second)))
}
