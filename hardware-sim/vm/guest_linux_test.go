package vm

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

// emulated is a machine whose emulator is a shell script.
func emulated(t *testing.T, script string) machine {
	t.Helper()
	dir := t.TempDir()
	m := machine{emulator: "testdata/emulator.sh", busybox: filepath.Join(dir, "busybox"), modules: filepath.Join(dir, modulesFile)}
	require.NoError(t, os.WriteFile(m.busybox, []byte("a program"), 0o600))
	require.NoError(t, os.WriteFile(m.modules, nil, 0o600))
	t.Setenv("EMULATED", script)
	return m
}

func TestGuestsTellHowItWent(t *testing.T) {
	for _, tc := range []struct {
		name, script   string
		exit           int
		err            error
		stdout, stderr string
	}{
		{
			name:   "output and exit code come back",
			script: "echo up >&5; echo said >&3; echo complained >&4; echo exit 7 >&5",
			exit:   7, stdout: "said\n", stderr: "complained\n",
		},
		{
			name:   "an exit code counts, however the emulator ends",
			script: "echo up >&5; echo exit 0 >&5; exit 1",
		},
		{
			name:   "a guest that does not come up shows its console",
			script: "echo 'Kernel panic' >&6; exit 0",
			err:    &DiedError{Console: "Kernel panic\n"},
		},
		{
			name:   "an emulator that does not start says why",
			script: "echo 'no such machine' >&2; exit 1",
			err:    &DiedError{Console: "no such machine\nexit status 1"},
		},
		{
			name:   "a guest that dies under the command keeps what was said",
			script: "echo up >&5; echo said >&3; echo Oops >&6; kill -9 $$",
			err:    &DiedError{Up: true, Console: "Oops\nsignal: killed"},
			stdout: "said\n",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			m := emulated(t, tc.script)
			exit, err := m.run(t.Context(), Job{Command: []string{"true"}}, &stdout, &stderr)
			require.Equal(t, tc.err, err)
			require.Equal(t, tc.exit, exit)
			require.Equal(t, tc.stdout, stdout.String())
			require.Equal(t, tc.stderr, stderr.String())
		})
	}
}

// A guest that hangs is killed when its time is over, and only then: the
// context ends as soon as the emulator has shown that it runs.
func TestGuestsThatHangAreKilled(t *testing.T) {
	for _, tc := range []struct {
		name, script string
		cause, err   error
	}{
		{
			name:   "before the command",
			script: "echo 'mounting' >&6; echo begun >&3; exec sleep 1000",
			cause:  &LimitError{Limit: time.Minute},
			err:    &LimitError{Limit: time.Minute, Console: "mounting\n"},
		},
		{
			name:   "in the command",
			script: "echo up >&5; echo begun >&3; exec sleep 1000",
			cause:  &LimitError{Limit: time.Minute},
			err:    &LimitError{Limit: time.Minute, Up: true},
		},
		{
			name:   "by the caller",
			script: "echo begun >&3; exec sleep 1000",
			cause:  errors.New("enough"),
			err:    errors.New("enough"),
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			m := emulated(t, tc.script)
			_, err := m.run(ctx, Job{Command: []string{"true"}}, ends(func() { cancel(tc.cause) }), &tail{})
			require.Equal(t, tc.err, err)
		})
	}
}

// ends is called by the first output.
type ends func()

func (f ends) Write(p []byte) (int, error) { f(); return len(p), nil }

func TestTheEmulatorIsToldWhatToShare(t *testing.T) {
	m := machine{image: "/cache/vmlinuz"}
	args := m.arguments("/tmp/initrd", []string{"/a,b"}, []port{{name: "out"}, {name: "console"}})
	require.Contains(t, args, "local,path=/,mount_tag=host,security_model=none,multidevs=remap,readonly=on")
	require.Contains(t, args, "local,path=/a,,b,mount_tag=share0,security_model=none,multidevs=remap")

	at := strings.Index(strings.Join(args, " "), "-add-fd")
	want := "-add-fd fd=3,set=3 -chardev file,id=out,append=on,path=/dev/fdset/3 -device virtserialport,chardev=out,name=out " +
		"-add-fd fd=4,set=4 -chardev file,id=console,append=on,path=/dev/fdset/4 -serial chardev:console"
	require.Empty(t, cmp.Diff(want, strings.Join(args, " ")[at:]))
}
