package isotp

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// transfer sends one message from a to b and gives the number of frames.
func transfer(a, b *Machine, now time.Time, msg []byte) (frames int) {
	var f can.Frame
	_ = a.Send(now, msg)
	for {
		moved := false
		for a.NextFrame(now, &f) {
			a.Transmitted(now, true)
			_ = b.Handle(now, &f)
			frames++
			moved = true
		}
		for b.NextFrame(now, &f) {
			b.Transmitted(now, true)
			_ = a.Handle(now, &f)
			frames++
			moved = true
		}
		if !moved {
			return frames
		}
	}
}

func drainBoth(a, b *Machine) {
	drain(a)
	drain(b)
}

// copyFrames copies n frames from one place to another.
func copyFrames(n int) {
	var from, to [64]can.Frame
	for i := range n {
		to[i&63] = from[(i+1)&63]
	}
	sink = to[n&63]
}

var sink can.Frame

func BenchmarkCopy(b *testing.B) { copyFrames(b.N) }

// BenchmarkMachine counts a frame at each of the two machines that handle it.
func BenchmarkMachine(b *testing.B) {
	x, y, msg := ends()
	now := time.Now() // with a monotonic reading, as on a real bus
	b.ReportAllocs()
	frames := 0
	for b.Loop() {
		frames += 2 * transfer(x, y, now, msg)
		drainBoth(x, y)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(frames), "ns/frame")
}

func ends() (a, b *Machine, msg []byte) {
	address := transport.MustAddress("754/75C")
	return NewMachine(Config{Address: address}), NewMachine(Config{Address: address.Reversed()}), count(4095)
}

// quickest is the shortest of many short runs: what the code costs when
// nobody else has the core.
func quickest(run func()) time.Duration {
	best := time.Hour
	for range 500 {
		start := time.Now()
		run()
		best = min(best, time.Since(start))
	}
	return best
}

// TestRatioFrameToCopy: a frame through a machine costs at most 20 copies of a
// can.Frame.
func TestRatioFrameToCopy(t *testing.T) {
	if os.Getenv("UNTETHER_BENCH") == "" {
		t.Skip("a measurement: make bench runs it")
	}
	a, b, msg := ends()
	now := time.Now()
	frames := 2 * transfer(a, b, now, msg)
	copied := float64(quickest(func() { copyFrames(10000) })) / 10000
	handled := float64(quickest(func() {
		transfer(a, b, now, msg)
		drainBoth(a, b)
	})) / float64(frames)
	t.Logf("ratio: a frame costs %.1f ns, a copy of can.Frame %.2f ns: %.1f x (limit 20)", handled, copied, handled/copied)
	require.LessOrEqual(t, handled/copied, 20.0)
}

// TestAllocations: none a frame, one for each delivered message.
func TestAllocations(t *testing.T) {
	a, b, msg := ends()
	now := time.Now()
	transfer(a, b, now, msg) // the event queues grow once
	drainBoth(a, b)
	got := testing.AllocsPerRun(100, func() {
		transfer(a, b, now, msg)
		drainBoth(a, b)
	})
	require.Equal(t, 1, int(got))
}
