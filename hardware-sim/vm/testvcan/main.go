// Testvcan runs the tests that need CAN in the kernel: those named TestVCAN of
// every package that has a test file with "//go:build vcan". They are built
// here and run in one start of package vm, one test at a time: programs are slow
// there, and what they wait for is not. It fails if a test fails or is
// skipped, and if a package runs none.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/untether-obd/untether/hardware-sim/vm"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	limit := flag.Duration("limit", 30*time.Minute, "kill the tests after this time")
	only := flag.String("run", "^TestVCAN", "run the tests that match")
	flag.Parse()
	err := run(ctx, *limit, *only, flag.Args())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "test-vcan:", err)
		os.Exit(1)
	}
}

// run runs the tests in the named folders, or in all.
func run(ctx context.Context, limit time.Duration, only string, folders []string) error {
	if len(folders) == 0 {
		var err error
		if folders, err = testFolders("."); err != nil {
			return err
		}
	}
	bin, err := os.MkdirTemp("", "test-vcan-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(bin)
	script, err := build(ctx, bin, only, folders)
	if err != nil {
		return err
	}
	share, err := kept()
	if err != nil {
		return err
	}
	return judged(ctx, vm.Job{Command: []string{"/bin/sh", "-c", script}, Share: share, Limit: limit})
}

// kept is where stays what the tests write: here, if they are asked to renew
// what they compare with.
func kept() (folders []string, err error) {
	if os.Getenv("UNTETHER_UPDATE") == "" {
		return nil, nil
	}
	here, err := os.Getwd()
	return []string{here}, err
}

func judged(ctx context.Context, job vm.Job) error {
	begin := time.Now()
	judge := &judge{to: os.Stdout}
	code, err := vm.Run(ctx, job, judge, os.Stderr)
	fmt.Printf("test-vcan: %s, in %v\n", judge.summary(), time.Since(begin).Round(time.Second))
	switch {
	case err != nil:
		return err
	case code != 0:
		return fmt.Errorf("exit code %d", code)
	default:
		return judge.verdict()
	}
}

// build makes a test binary of each folder, and the script that runs them all,
// each where it comes from.
func build(ctx context.Context, bin, only string, folders []string) (script string, err error) {
	var s strings.Builder
	for i, folder := range folders {
		where, err := filepath.Abs(folder)
		if err != nil {
			return "", err
		}
		binary := filepath.Join(bin, fmt.Sprint(i, ".test"))
		compile := exec.CommandContext(ctx, "go", "test", "-c", "-tags", "vcan", "-o", binary, ".")
		compile.Dir, compile.Env = where, append(os.Environ(), "CGO_ENABLED=0")
		compile.Stdout, compile.Stderr = os.Stderr, os.Stderr
		if err := compile.Run(); err != nil {
			return "", fmt.Errorf("%s: %w", folder, err)
		}
		fmt.Fprintf(&s, "echo '%s%s'; cd '%s' && '%s' -test.v -test.parallel 1 -test.timeout 10m -test.run '%s'; echo '%s'$?\n",
			packageMark, folder, where, binary, only, exitMark)
	}
	return s.String(), nil
}

// testFolders finds the folders below root with tests that need CAN.
func testFolders(root string) (folders []string, err error) {
	err = filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		folder := filepath.Dir(path)
		if len(folders) > 0 && folders[len(folders)-1] == folder {
			return nil
		}
		needs, err := needsCAN(path)
		if needs {
			folders = append(folders, folder)
		}
		return err
	})
	if err == nil && len(folders) == 0 {
		err = errors.New("no test needs CAN here: is this the project's folder?")
	}
	return folders, err
}

func needsCAN(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return false, err
	}
	return strings.Contains("\n"+string(head[:n]), "\n//go:build vcan"), nil
}
