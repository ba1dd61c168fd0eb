//go:build vcan

package socketcan

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/isotp/isotptest"
	"github.com/untether-obd/untether/obd/transport"
)

// utilLengths are what can-utils are given: each size of single frame, the
// first multiple frames, and the ends of the length's 12 bits.
var utilLengths = []int{1, 2, 5, 6, 7, 8, 9, 13, 14, 20, 21, 62, 63, 64, 100, 111, 127, 128, 255, 256, 257, 300, 511, 512, 1000, 2048, 3000, 4094, 4095, 4096}

// TestVCANCanUtils lets isotpsend send to us and isotprecv receive from us.
func TestVCANCanUtils(t *testing.T) {
	inOrder(t)
	name, _ := vcan(t, "utils0")
	link := ours(t, name)
	all := isotptest.Pairwise()
	for i, n := range utilLengths {
		x := all[i%len(all)]
		if n > 300 {
			x.A.STmin, x.B.STmin = 0, 0
		}
		x.A.Timers = patient
		conn := conversation(t, link, x.Address, x.A)
		fromUtil(t, conn, name, x, n)
		for tries := 1; !toUtil(t, conn, name, x, n); tries++ {
			require.Less(t, tries, 3, "%v: %d bytes: isotprecv gave up again and again", x, n)
			t.Logf("%v: %d bytes: isotprecv gave up", x, n)
		}
		require.NoError(t, conn.Close())
	}
	t.Logf("%d exchanges", 2*len(utilLengths))
}

// fromUtil receives from isotpsend.
func fromUtil(t *testing.T, conn transport.Conn, name string, x isotptest.Terms, n int) {
	t.Helper()
	send := exec.CommandContext(t.Context(), "isotpsend", utilArgs(name, x)...)
	send.Stdin = strings.NewReader(spaced(n))
	said, err := send.CombinedOutput()
	require.NoError(t, err, "%v: %d bytes: %s", x, n, said)
	m, err := conn.Recv(t.Context(), patient.Bs)
	require.NoError(t, err, "%v: %d bytes: %s", x, n, said)
	require.True(t, bytes.Equal(pattern(n), m.Data), "%v: %d bytes came changed", x, n)
}

// toUtil sends to isotprecv. That prints nothing, and ends well, if the kernel
// gave up after its second without a frame: then the machine stood still.
func toUtil(t *testing.T, conn transport.Conn, name string, x isotptest.Terms, n int) (received bool) {
	t.Helper()
	var got, said bytes.Buffer
	recv := exec.CommandContext(t.Context(), "isotprecv", append([]string{
		"-b", fmt.Sprintf("%X", x.B.BS), "-m", hex.EncodeToString([]byte{isotp.EncodeSTmin(x.B.STmin)}),
	}, utilArgs(name, x)...)...)
	recv.Stdout, recv.Stderr = &got, &said
	require.NoError(t, recv.Start())
	listening(t, name, x.Address.TX, x.Address.Extended)
	asleep(t, recv.Process.Pid)
	err := conn.Send(t.Context(), pattern(n), transport.Want{})
	require.NoError(t, err, "%v: %d bytes: %s", x, n, &said)
	require.NoError(t, recv.Wait(), "%v: %d bytes: %s", x, n, &said)
	printed := strings.TrimSpace(got.String())
	if printed != "" {
		require.Equal(t, spaced(n), printed, "%v: %d bytes", x, n)
	}
	return printed != ""
}

func spaced(n int) string { return strings.TrimSpace(fmt.Sprintf("% X", pattern(n))) }

// utilArgs are the options that both programs know, as the other side of x.
func utilArgs(name string, x isotptest.Terms) []string {
	id := func(id uint32) string {
		if x.Address.Extended {
			return fmt.Sprintf("%08X", id)
		}
		return fmt.Sprintf("%03X", id)
	}
	args := []string{"-s", id(x.Address.RX), "-d", id(x.Address.TX)}
	if fill, full := x.B.Pad.Byte(); full {
		args = append(args, "-p", fmt.Sprintf("%02X", fill))
	}
	if x.Address.HasAE {
		args = append(args, "-x", fmt.Sprintf("%02X:%02X", x.Address.RXAE, x.Address.TXAE))
	}
	return append(args, name)
}

// asleep waits until a process waits for something. The kernel registers for
// frames before bind has noted the interface, without which no flow control
// goes out: isotprecv is ready when it has come to read. No file of /proc can be
// waited for, so we look again and again.
func asleep(t *testing.T, pid int) {
	t.Helper()
	for limit := time.Now().Add(patient.Bs); time.Now().Before(limit); time.Sleep(time.Millisecond) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		require.NoError(t, err)
		if _, state, _ := strings.Cut(string(stat), ") "); strings.HasPrefix(state, "S") {
			return
		}
	}
	t.Fatalf("process %d never waits", pid)
}

// listening waits until somebody's ISO-TP has asked the kernel for the frames
// of an identifier; see asleep.
func listening(t *testing.T, name string, id uint32, extended bool) {
	t.Helper()
	list, want := "/proc/net/can/rcvlist_sff", fmt.Sprintf("%03x", id)
	if extended {
		list, want = "/proc/net/can/rcvlist_eff", fmt.Sprintf("%08x", id|extendedBit)
	}
	for limit := time.Now().Add(patient.Bs); time.Now().Before(limit); time.Sleep(time.Millisecond) {
		text, err := os.ReadFile(list)
		require.NoError(t, err)
		for line := range strings.Lines(string(text)) {
			f := strings.Fields(line)
			if len(f) > 2 && f[0] == name && f[1] == want && f[len(f)-1] == "isotp" {
				return
			}
		}
	}
	t.Fatalf("nobody waits for %X on %s", id, name)
}
