//go:build vcan

package vm_test

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vm"
)

// A frame that one program sends another receives, in a network namespace that
// nobody else sees.
func TestVCANCarriesAFrame(t *testing.T) {
	const script = `
		ip link add vmframe type vcan && ip link set vmframe up || exit 1
		candump -L -n 1 vmframe & dump=$!
		until grep -q 'vmframe .* raw' /proc/net/can/rcvlist_all; do :; done
		cansend vmframe 7DF#02010C && wait $dump && exit 7`
	var stdout, stderr bytes.Buffer
	code, err := vm.Run(t.Context(), vm.Job{
		Command: []string{"/bin/sh", "-c", script},
		Limit:   time.Minute,
	}, &stdout, &stderr)
	require.NoError(t, err, stderr.String())
	require.Equal(t, 7, code, stderr.String())
	require.Regexp(t, `^\(\d+\.\d+\) vmframe 7DF#02010C`, stdout.String())
	require.Error(t, exec.CommandContext(t.Context(), "ip", "link", "show", "vmframe").Run(), "it was another namespace's")
}

func TestVCANHasEveryProtocol(t *testing.T) {
	var stdout, stderr bytes.Buffer
	code, err := vm.Run(t.Context(), vm.Job{
		Command: []string{"/bin/sh", "-c", "ip link add dev left type vxcan peer name right && cat /proc/net/protocols"},
		Limit:   time.Minute,
	}, &stdout, &stderr)
	require.NoError(t, err)
	require.Zero(t, code, stderr.String())
	for _, protocol := range []string{"CAN_RAW", "CAN_BCM", "CAN_ISOTP"} {
		require.Contains(t, strings.Fields(stdout.String()), protocol)
	}
}

func TestVCANKillsWhatHangs(t *testing.T) {
	var stdout, stderr bytes.Buffer
	_, err := vm.Run(t.Context(), vm.Job{
		Command: []string{"/bin/sh", "-c", "echo begun; sleep 1000 & wait"},
		Limit:   5 * time.Second,
	}, &stdout, &stderr)
	var limit *vm.LimitError
	require.ErrorAs(t, err, &limit)
	require.True(t, limit.Up)
	require.Equal(t, "begun\n", stdout.String())
}
