// Canvm runs a command where Linux has CAN: see package vm. Its output is the
// command's, and so is its exit code, but for these of its own: 124 the limit
// is over, 125 the guest died, 126 it could not be started.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/untether-obd/untether/hardware-sim/vm"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string) int {
	flags := flag.NewFlagSet("canvm", flag.ContinueOnError)
	limit := flags.Duration("limit", 5*time.Minute, "kill the command after this time; exit code 124")
	kernel := flags.String("kernel", "", "prepare the kernel in this Debian package, FILE.deb, for later runs")
	missing := flags.Bool("missing", false, "print the Debian packages that are needed and not there, and end")
	var share []string
	flags.Func("share", "what is written in this folder stays (repeatable)", func(dir string) error {
		path, err := filepath.Abs(dir)
		share = append(share, path)
		return err
	})
	if err := flags.Parse(args); err != nil {
		return 126
	}
	switch {
	case *missing:
		for _, name := range vm.Missing(ctx) {
			fmt.Println(name)
		}
		return 0
	case *kernel != "":
		return told(vm.Prepare(ctx, *kernel))
	}
	code, err := vm.Run(ctx, vm.Job{Command: flags.Args(), Share: share, Limit: *limit}, os.Stdout, os.Stderr)
	if err != nil {
		return told(err)
	}
	return code
}

func told(err error) int {
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, "canvm:", err)
	var limit *vm.LimitError
	var died *vm.DiedError
	switch {
	case errors.As(err, &limit):
		return 124
	case errors.As(err, &died):
		return 125
	default:
		return 126
	}
}
