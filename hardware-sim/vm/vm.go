// Package vm runs a command where Linux has CAN: in a network namespace of its
// own where this machine's kernel has it, else in a small virtual machine with
// Debian's kernel. There the root file system is this machine's own, read-only
// under a layer in memory: programs, test binaries and sources are simply
// there, under the same paths. KVM is not needed.
package vm

import (
	"context"
	"errors"
	"io"
	"os"
	"time"
)

// Job is a command and what it needs.
type Job struct {
	Command []string // the program and its arguments
	Dir     string   // where it starts; empty: the caller's folder
	Env     []string // as os.Environ gives it; nil: the caller's
	Share   []string // folders in which what it writes stays; absolute paths
	Limit   time.Duration
}

// Run runs the job as root with a loopback interface and no other network, and
// gives its exit code (128 and the signal's number if one ended it). An error
// means that there is no exit code: *MissingError, *LimitError, *DiedError,
// *UnsupportedError, or the context's.
func Run(ctx context.Context, job Job, stdout, stderr io.Writer) (exit int, err error) {
	if job, err = job.complete(); err != nil {
		return 0, err
	}
	if job.Limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, job.Limit, &LimitError{Limit: job.Limit})
		defer cancel()
	}
	if here(ctx) {
		return runHere(ctx, job, stdout, stderr)
	}
	m, err := findMachine()
	if err != nil {
		return 0, err
	}
	return m.run(ctx, job, stdout, stderr)
}

func (j Job) complete() (Job, error) {
	if len(j.Command) == 0 {
		return j, errors.New("a job without a command")
	}
	if j.Env == nil {
		j.Env = os.Environ()
	}
	if j.Dir != "" {
		return j, nil
	}
	dir, err := os.Getwd()
	j.Dir = dir
	return j, err
}
