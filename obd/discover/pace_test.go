package discover

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var start = time.Date(2021, time.May, 3, 8, 0, 0, 0, time.UTC)

const ms = time.Millisecond

// after is when the next probe is due, counted from start.
func (p *pace) after() time.Duration { return p.due().Sub(start) }

func TestPace(t *testing.T) {
	p := pace{share: 0.5, free: 200_000, since: start} // 100 bits a millisecond
	require.Zero(t, p.after(), "at once")
	p.spend(100)
	p.spend(200)
	require.Equal(t, 3*ms, p.after(), "all that was spent")

	p.forget(start.Add(3 * ms))
	p.forget(start.Add(3*ms + burst))
	require.Equal(t, 3*ms, p.after(), "a timer that fires late delays one probe only")
	p.forget(start.Add(100 * ms))
	require.Equal(t, 100*ms-burst, p.after(), "but what was left unused is gone")

	p = pace{share: 0.5, free: 200_000, since: start, spent: 300}
	p.set(start.Add(ms), 0.25)
	require.Equal(t, 5*ms, p.after(), "200 bits are owed, at half the rate")
	p.set(start.Add(50*ms), 0.5)
	require.Equal(t, 50*ms, p.after(), "nothing is owed")

	p = pace{share: 1, free: 200_000, since: start, spent: 200}
	require.Greater(t, p.after(), ms, "answers get a gap")
}

func TestLateness(t *testing.T) {
	const usual = 300 * time.Microsecond
	settle := func() (l lateness) {
		for range 100 {
			require.False(t, l.note(usual, 500_000))
		}
		return l
	}
	late := func(l lateness, wait time.Duration, bitrate int) (n int) {
		for range 200 {
			if l.note(wait, bitrate) {
				n++
			}
		}
		return n
	}
	limit := tolerable(500_000)
	require.Zero(t, late(settle(), usual+limit-ms, 500_000))
	require.Equal(t, 1, late(settle(), usual+limit+ms, 500_000), "told once, then it is usual")
	require.Zero(t, late(settle(), usual+limit+ms, 250_000), "twice the time at half the rate")
	var fresh lateness
	for range inFlight - 1 {
		require.False(t, fresh.note(time.Second, 500_000), "the first ones say what is usual")
	}
}
