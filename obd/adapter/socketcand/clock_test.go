package socketcand

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestOurTimes: the server's clock is far from ours, its distances count.
func TestOurTimes(t *testing.T) {
	const ms = time.Millisecond
	ours, theirs := time.Unix(2_000_000_000, 0), time.Unix(100, 0)
	for _, c := range []struct {
		rule   string
		stamps []time.Duration // of the server, since it began
		delays []time.Duration // until they are here
		want   []time.Duration // our times, since we began
	}{
		{"the quickest sets the scale", []time.Duration{0, 10 * ms, 20 * ms}, []time.Duration{2 * ms, 7 * ms, 3 * ms}, []time.Duration{2 * ms, 12*ms + 15*us, 22*ms + 21*us}},
		{"a quicker one corrects it", []time.Duration{0, 10 * ms, 11 * ms}, []time.Duration{30 * ms, 25 * ms, 25 * ms}, []time.Duration{30 * ms, 35 * ms, 36 * ms}},
		{"time does not go back, whatever the server says", []time.Duration{10 * ms, 9 * ms}, []time.Duration{2 * ms, 4 * ms}, []time.Duration{12 * ms, 12 * ms}},
		{"their clock is set forward", []time.Duration{0, time.Hour}, []time.Duration{ms, ms - time.Hour + 10*ms}, []time.Duration{ms, 11 * ms}},
		{"their clock is set back", []time.Duration{time.Hour, 0}, []time.Duration{ms - time.Hour, 11 * ms}, []time.Duration{ms, 11 * ms}},
		{"a little is a delay", []time.Duration{0, ms}, []time.Duration{0, 990 * ms}, []time.Duration{0, ms + 991*us}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			var clock clock
			for i, stamp := range c.stamps {
				now := ours.Add(stamp + c.delays[i])
				got := clock.ours(now, theirs.Add(stamp))
				require.Equal(t, c.want[i], got.Sub(ours).Truncate(us), "message %d", i)
				require.False(t, got.After(now))
			}
		})
	}
}

const us = time.Microsecond

// TestClocksThatDrift: an hour of a server whose clock is slower by one part
// in ten thousand puts no message into the past.
func TestClocksThatDrift(t *testing.T) {
	var clock clock
	now, stamp := time.Unix(2_000_000_000, 0), time.Unix(100, 0)
	for range 3600 {
		now, stamp = now.Add(time.Second), stamp.Add(time.Second-100*us)
		require.Equal(t, now, clock.ours(now, stamp))
	}
}
