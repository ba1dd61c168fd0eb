package vm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

const memory = "1024" // MiB

// run starts a guest for the job and waits for it.
func (m machine) run(ctx context.Context, job Job, stdout, stderr io.Writer) (int, error) {
	scratch, err := os.MkdirTemp("", "canvm-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(scratch)
	root, err := m.initramfs(job)
	if err != nil {
		return 0, err
	}
	initrd := filepath.Join(scratch, "initrd")
	if err := os.WriteFile(initrd, root, 0o600); err != nil {
		return 0, err
	}
	var report, console tail
	ports := []port{{"out", stdout}, {"err", stderr}, {"report", &report}, {"console", &console}}
	cmd := exec.CommandContext(ctx, m.emulator, m.arguments(initrd, job.Share, ports)...)
	cmd.Stdout, cmd.Stderr = &console, &console
	cmd.WaitDelay = afterwards
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	err = runWith(cmd, ports)
	return judge(context.Cause(ctx), err, report.String(), console.String())
}

// port is a file of the emulator's that we read.
type port struct {
	name string
	to   io.Writer
}

// runWith runs the emulator with the ports as its files 3, 4, ...
func runWith(cmd *exec.Cmd, ports []port) error {
	var readers sync.WaitGroup
	defer readers.Wait()
	for _, p := range ports {
		r, w, err := os.Pipe()
		if err != nil {
			return err
		}
		defer w.Close()
		cmd.ExtraFiles = append(cmd.ExtraFiles, w)
		readers.Go(func() {
			defer r.Close()
			_, _ = io.Copy(p.to, r)
			_, _ = io.Copy(io.Discard, r) // whoever does not take it must not stop the guest
		})
	}
	return runBound(cmd)
}

// arguments are the emulator's. Each port is a file that it inherits; all but
// the console are ports of the guest with the same name.
func (m machine) arguments(initrd string, shares []string, ports []port) []string {
	args := []string{
		"-accel", "tcg,thread=multi", "-machine", "q35", "-cpu", "max",
		"-smp", "1", "-m", memory, // on several processors frames overtake each other on a vcan
		"-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-nic", "none",
		"-kernel", m.image, "-initrd", initrd,
		"-append", "console=ttyS0 quiet panic=-1 mitigations=off nokaslr tsc=reliable nowatchdog",
		"-virtfs", virtfs("/", "host") + ",readonly=on",
		"-device", "virtio-serial-pci",
	}
	for i, folder := range shares {
		args = append(args, "-virtfs", virtfs(folder, fmt.Sprint("share", i)))
	}
	for i, p := range ports {
		args = append(args,
			"-add-fd", fmt.Sprintf("fd=%d,set=%[1]d", 3+i),
			"-chardev", fmt.Sprintf("file,id=%s,append=on,path=/dev/fdset/%d", p.name, 3+i))
		if p.name == "console" {
			args = append(args, "-serial", "chardev:console")
		} else {
			args = append(args, "-device", fmt.Sprintf("virtserialport,chardev=%s,name=%[1]s", p.name))
		}
	}
	return args
}

// virtfs describes a folder of ours; in options a comma is doubled.
func virtfs(folder, tag string) string {
	return "local,path=" + strings.ReplaceAll(folder, ",", ",,") + ",mount_tag=" + tag + ",security_model=none,multidevs=remap"
}

// judge tells what came of the job from what the guest reported.
func judge(ended, died error, report, console string) (int, error) {
	if _, code, ok := strings.Cut(report, "exit "); ok {
		return strconv.Atoi(strings.TrimSpace(code))
	}
	up := strings.HasPrefix(report, "up")
	var limit *LimitError
	switch {
	case errors.As(ended, &limit):
		return 0, &LimitError{Limit: limit.Limit, Up: up, Console: console}
	case ended != nil:
		return 0, ended
	case died != nil:
		console += died.Error()
	}
	return 0, &DiedError{Up: up, Console: console}
}
