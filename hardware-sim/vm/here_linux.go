package vm

import (
	"context"
	"errors"
	"io"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// afterwards is how long what a killed job leaves may hold its output open.
const afterwards = 5 * time.Second

// here reports whether this kernel has CAN and lets us use it.
func here(ctx context.Context) bool {
	fd, err := unix.Socket(unix.AF_CAN, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.CAN_ISOTP)
	if err != nil {
		return false
	}
	_ = unix.Close(fd)
	probe := exec.CommandContext(ctx, "ip", "link", "add", "dev", "probe", "type", "vcan")
	probe.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNET}
	return probe.Run() == nil
}

// The namespace's interfaces are those in /sys only after it is mounted anew;
// not every container allows that.
const enter = `mount -t sysfs sysfs /sys 2>/dev/null; ip link set lo up && exec "$@"`

// runHere runs the job on this kernel, in a network namespace of its own.
func runHere(ctx context.Context, job Job, stdout, stderr io.Writer) (int, error) {
	cmd := exec.CommandContext(ctx, "/bin/sh", append([]string{"-c", enter, "sh"}, job.Command...)...)
	cmd.Dir, cmd.Env = job.Dir, job.Env
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS, Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = afterwards
	err := runBound(cmd)
	var limit *LimitError
	switch cause := context.Cause(ctx); {
	case err == nil || cause == nil:
		return exitCode(err)
	case errors.As(cause, &limit):
		return 0, &LimitError{Limit: limit.Limit, Up: true}
	default:
		return 0, cause
	}
}

// runBound runs a command that dies with us, however we end. The kernel binds
// it to the thread that starts it, so that one must stay.
func runBound(cmd *exec.Cmd) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	return cmd.Run()
}

func exitCode(err error) (int, error) {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return 0, err
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return exit.ExitCode(), nil
}
