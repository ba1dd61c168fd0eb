//go:build vcan

package socketcan_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
)

// At the rate that cangen reaches we lose no frame that candump does not.
func TestVCANRawReceive(t *testing.T) {
	name := vcan(t, "rate0")
	b := join(t, name)
	out, err := os.CreateTemp(t.TempDir(), "")
	require.NoError(t, err)
	dump := exec.CommandContext(t.Context(), "candump", "-L", "-T", "2000", "-r", "8388608", name)
	dump.Stdout = out
	require.NoError(t, dump.Start())
	waitForReceivers(t, name, 2)

	type count struct {
		frames int
		lost   uint64
		err    error
	}
	counted := make(chan count, 1)
	go func() {
		var c count
		for {
			rx, err := b.Recv(t.Context())
			var dropped *can.DroppedError
			switch {
			case errors.As(err, &dropped):
				c.lost += dropped.Count
			case err != nil, rx.Frame.ID == 0x7FF:
				c.err = err
				counted <- c
				return
			default:
				c.frames++
			}
		}
	}()
	const frames = "50000"
	began := time.Now()
	said, err := exec.CommandContext(t.Context(), "cangen", name, "-g", "0", "-n", frames, "-I", "123", "-L", "8", "-D", "i").CombinedOutput()
	took := time.Since(began)
	require.NoError(t, err, string(said))
	said, err = exec.CommandContext(t.Context(), "cansend", name, "7FF#").CombinedOutput()
	require.NoError(t, err, string(said))
	ours := <-counted
	require.NoError(t, ours.err)
	require.NoError(t, dump.Wait())
	text, err := os.ReadFile(out.Name())
	require.NoError(t, err)
	theirs := strings.Count(string(text), " 123#")
	t.Logf("%s frames in %v: we have %d and know of %d lost, candump has %d", frames, took, ours.frames, ours.lost, theirs)
	require.GreaterOrEqual(t, ours.frames, theirs)
	require.Equal(t, 50_000, ours.frames+int(ours.lost), "every frame is accounted for")
}
