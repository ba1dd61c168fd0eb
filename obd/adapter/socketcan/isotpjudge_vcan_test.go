//go:build vcan

package socketcan

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/isotp/isotptest"
	"github.com/untether-obd/untether/obd/transport"
)

// patient are the network timers where a machine may stand still for a while:
// one in a virtual machine whose host has other things to do. The kernel's are
// 1 s.
var patient = transport.Timers{As: 10 * time.Second, Ar: 10 * time.Second, Bs: 10 * time.Second, Cr: 10 * time.Second}

// TestVCANKernelJudgesOurISOTP has the kernel receive what we send and send it
// back: every length from 1 to 300, and long ones where no gap is 10 ms.
func TestVCANKernelJudgesOurISOTP(t *testing.T) {
	inOrder(t)
	name, index := vcan(t, "judge0")
	link := ours(t, name)
	all := isotptest.Pairwise()
	lengths, exchanges := share(all)
	require.Greater(t, exchanges, 320)
	require.LessOrEqual(t, exchanges, 600)
	began := time.Now()
	var done sync.WaitGroup
	for i, x := range all {
		peer := bare(t, index, x.Address.Reversed(), x.B)
		go func() { _ = peer.mirror() }() // ends with the socket
		x.A.Timers = patient
		conn := conversation(t, link, x.Address, x.A)
		done.Go(func() {
			for _, n := range lengths[i] {
				if !exchanged(t, conn, x, n) {
					return
				}
			}
		})
	}
	done.Wait()
	require.Zero(t, link.Stats().Ignored, "frames of the kernel that break ISO 15765-2")
	t.Logf("%d exchanges in %d conversations, %v", exchanges, len(all), time.Since(began).Round(time.Millisecond))
}

// share gives each conversation its lengths, and how many they are.
func share(all []isotptest.Terms) (lengths [][]int, exchanges int) {
	lengths = make([][]int, len(all))
	for n := 1; n <= 300; n++ {
		lengths[n%len(all)] = append(lengths[n%len(all)], n)
	}
	long := [][]int{{4094, 8000}, {4095, 4096}}
	for i, x := range all {
		if max(x.A.STmin, x.B.STmin) < 10*time.Millisecond {
			lengths[i] = append(lengths[i], long[0]...)
			long[0], long[1] = long[1], long[0]
			exchanges += 2
		}
	}
	return lengths, exchanges + 300
}

// exchanged sends n bytes and wants them back.
func exchanged(t *testing.T, conn transport.Conn, x isotptest.Terms, n int) bool {
	t.Helper()
	err := conn.Send(t.Context(), pattern(n), transport.Want{Answers: 1})
	var m transport.Message
	if err == nil {
		m, err = conn.Recv(t.Context(), patient.Bs)
	}
	if err != nil {
		t.Errorf("%v: %d bytes: %v", x, n, err)
		return false
	}
	if string(m.Data) != string(pattern(n)) {
		t.Errorf("%v: %d bytes came back changed", x, n)
	}
	return true
}
