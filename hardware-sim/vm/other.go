//go:build !linux

package vm

import (
	"context"
	"io"
	"runtime"
)

func here(context.Context) bool { return false }

func unsupported() error { return &UnsupportedError{System: runtime.GOOS + "/" + runtime.GOARCH} }

func runHere(context.Context, Job, io.Writer, io.Writer) (int, error) { return 0, unsupported() }

func (machine) run(context.Context, Job, io.Writer, io.Writer) (int, error) { return 0, unsupported() }
