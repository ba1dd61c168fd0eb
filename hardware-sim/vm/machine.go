package vm

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

const (
	emulator      = "qemu-system-x86_64"
	kernelPackage = "linux-image-amd64"
)

// machine is what a guest is made of.
type machine struct {
	emulator string
	busybox  string // statically linked
	image    string // the kernel
	modules  string // an initramfs with its modules, see Prepare
}

// Missing gives the Debian packages that are needed to run jobs here and are
// not installed, or for the kernel not prepared.
func Missing(ctx context.Context) []string {
	if _, err := exec.LookPath("ip"); err != nil {
		return append([]string{"iproute2"}, findMissing()...)
	}
	if here(ctx) {
		return nil
	}
	return findMissing()
}

func findMissing() []string {
	_, missing := look()
	return missing
}

func findMachine() (machine, error) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		return machine{}, &UnsupportedError{System: runtime.GOOS + "/" + runtime.GOARCH}
	}
	m, missing := look()
	if len(missing) > 0 {
		return m, &MissingError{Packages: missing}
	}
	return m, nil
}

func look() (m machine, missing []string) {
	var err error
	if m.emulator, err = exec.LookPath(emulator); err != nil {
		missing = append(missing, "qemu-system-x86")
	}
	if m.busybox, err = program("busybox"); err != nil || !static(m.busybox) {
		missing = append(missing, "busybox-static")
	}
	k, err := newestKernel()
	if err != nil {
		if _, err := program("depmod"); err != nil {
			missing = append(missing, "kmod")
		}
		missing = append(missing, kernelPackage)
	}
	m.image, m.modules = filepath.Join(k, imageFile), filepath.Join(k, modulesFile)
	return m, missing
}

// program finds one, also where only root's PATH leads.
func program(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	for _, dir := range []string{"/usr/sbin", "/sbin"} {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", exec.ErrNotFound
}

// static reports whether a program needs no loader: none is named in it.
func static(path string) bool {
	text, err := os.ReadFile(path)
	return err == nil && !strings.Contains(string(text), "/ld-linux")
}
