package vm

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

//go:embed init.sh
var initScript []byte

// initramfs is the guest's first root: the kernel's modules, busybox, its first
// process and the job.
func (m machine) initramfs(job Job) ([]byte, error) {
	modules, err := os.ReadFile(m.modules)
	if err != nil {
		return nil, err
	}
	busybox, err := os.ReadFile(m.busybox)
	if err != nil {
		return nil, err
	}
	shares, err := shareList(job.Share)
	if err != nil {
		return nil, err
	}
	var a cpio
	for _, dir := range []string{"bin", "dev", "proc", "sys", "host", "layer", "system"} {
		a.dir(dir)
	}
	a.file("bin/busybox", 0o755, busybox)
	a.file("init", 0o755, initScript)
	a.file("job", 0o644, []byte(job.script()))
	a.file("shares", 0o644, []byte(shares))
	return append(modules, a.bytes()...), nil
}

func shareList(folders []string) (string, error) {
	var list strings.Builder
	for _, folder := range folders {
		if info, err := os.Stat(folder); err != nil || !info.IsDir() ||
			!filepath.IsAbs(folder) || strings.ContainsAny(folder, "\n\\") {
			return "", fmt.Errorf("%q cannot be shared: it is no absolute path of a folder", folder)
		}
		list.WriteString(folder + "\n")
	}
	return list.String(), nil
}

// script runs the job under the host's root, with its environment and no other.
func (j Job) script() string {
	words := []string{"exec", "env", "-i"}
	for _, setting := range j.Env {
		words = append(words, quote(setting))
	}
	words = append(words, "/bin/busybox", "chroot", "/system", "/bin/sh", "-c", quote(`cd "$1" && shift && exec "$@"`), "sh", quote(j.Dir))
	for _, arg := range j.Command {
		words = append(words, quote(arg))
	}
	return strings.Join(words, " ") + "\n"
}

func quote(word string) string {
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
