//go:build vcan

package socketcan

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/transport"
)

// cost is what exchanges took: time on the clock, and on all processors.
type cost struct{ wall, busy time.Duration }

// measure runs f n times.
func measure(t *testing.T, n int, f func()) cost {
	t.Helper()
	f() // the first one pays for what is set up once
	began, busy := time.Now(), busyTime(t)
	for range n {
		f()
	}
	return cost{wall: time.Since(began) / time.Duration(n), busy: (busyTime(t) - busy) / time.Duration(n)}
}

// busyTime is the time that the machine's processors were not idle, from
// /proc/stat: user nice system idle iowait irq softirq steal, in 10 ms.
func busyTime(t *testing.T) time.Duration {
	t.Helper()
	text, err := os.ReadFile("/proc/stat")
	require.NoError(t, err)
	line, _, _ := strings.Cut(string(text), "\n")
	var ticks int
	for i, field := range strings.Fields(line)[1:9] {
		n, err := strconv.Atoi(field)
		require.NoError(t, err)
		if i != 3 && i != 4 {
			ticks += n
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// short is how many exchanges of 7 bytes are measured: so many that the ticks of
// the kernel's book-keeping do not matter.
const short = 10_000

// TestVCANSpeed compares our ISO-TP on both sides with the kernel's on both.
func TestVCANSpeed(t *testing.T) {
	inOrder(t)
	name, index := vcan(t, "speed0")
	a := transport.MustAddress("754/75C")
	p := transport.Params{Timers: patient}

	theirs := bare(t, index, a, p)
	peer := bare(t, index, a.Reversed(), p)
	go func() { _ = peer.mirror() }() // ends with the socket
	kernel := func(n int) func() {
		return func() {
			require.NoError(t, theirs.put(pattern(n)))
			msg, _, err := theirs.recv()
			require.NoError(t, err)
			require.Len(t, msg, n)
		}
	}
	kernelShort, kernelLong := measure(t, short, kernel(7)), measure(t, 15, kernel(4095))
	require.NoError(t, theirs.close())
	require.NoError(t, peer.close())

	conn := conversation(t, ours(t, name), a, p)
	unit := conversation(t, ours(t, name), a.Reversed(), p)
	go mirror(unit) // ends with its link
	user := func(n int) func() {
		return func() {
			require.NoError(t, conn.Send(t.Context(), pattern(n), transport.Want{Answers: 1}))
			m, err := conn.Recv(t.Context(), patient.Bs)
			require.NoError(t, err)
			require.Len(t, m.Data, n)
		}
	}
	userShort, userLong := measure(t, short, user(7)), measure(t, 15, user(4095))

	t.Logf("   7 bytes there and back: the kernel %v busy, %v wall; we %v busy, %v wall", kernelShort.busy, kernelShort.wall, userShort.busy, userShort.wall)
	t.Logf("4095 bytes there and back: the kernel %v busy, %v wall; we %v busy, %v wall", kernelLong.busy, kernelLong.wall, userLong.busy, userLong.wall)
	require.LessOrEqual(t, userShort.busy, 3*kernelShort.busy)
	require.LessOrEqual(t, 2*userLong.wall, 3*kernelLong.wall)
}
