package vm

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// A prepared kernel is a folder with these two.
const (
	imageFile   = "vmlinuz"
	modulesFile = "modules.cpio"
)

// wanted are the modules that a guest loads, with what they depend on.
var wanted = []string{
	"virtio_pci", "virtio_console", "9p", "9pnet_virtio", "overlay",
	"can", "can-raw", "can-bcm", "can-gw", "can-isotp", "can-dev", "vcan", "vxcan", "slcan",
}

// Prepare takes from a Debian package linux-image-VERSION-amd64 what a guest
// needs and keeps it in the user's cache.
func Prepare(ctx context.Context, deb string) error {
	cache, err := cacheDir()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp(cache, ".preparing-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	tree, kernel := filepath.Join(scratch, "tree"), filepath.Join(scratch, "kernel")
	if err := unpack(ctx, deb, tree); err != nil {
		return fmt.Errorf("%s: %w", deb, err)
	}
	if err := pick(tree, kernel); err != nil {
		return fmt.Errorf("%s: %w", deb, err)
	}
	return keep(kernel, filepath.Join(cache, strings.TrimSuffix(filepath.Base(deb), ".deb")+generation()))
}

// unpack leaves the package's files in tree, and the list of who depends on whom.
func unpack(ctx context.Context, deb, tree string) error {
	if err := execute(ctx, "dpkg-deb", "-x", deb, tree); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(tree, "lib")); err != nil {
		if err := os.Symlink("usr/lib", filepath.Join(tree, "lib")); err != nil {
			return err
		}
	}
	version, err := kernelVersion(tree)
	if err != nil {
		return err
	}
	return execute(ctx, "depmod", "-b", tree, version)
}

func execute(ctx context.Context, name string, args ...string) error {
	path, err := program(name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if said, err := exec.CommandContext(ctx, path, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, said)
	}
	return nil
}

func kernelVersion(tree string) (string, error) {
	images, err := filepath.Glob(filepath.Join(tree, "boot", "vmlinuz-*"))
	if err != nil || len(images) != 1 {
		return "", errors.New("no kernel is in it")
	}
	return strings.TrimPrefix(filepath.Base(images[0]), "vmlinuz-"), nil
}

// pick makes a prepared kernel of an unpacked package.
func pick(tree, kernel string) error {
	version, err := kernelVersion(tree)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(kernel, 0o755); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(tree, "boot", "vmlinuz-"+version), filepath.Join(kernel, imageFile)); err != nil {
		return err
	}
	modules, err := moduleFiles(filepath.Join(tree, "lib", "modules", version), wanted)
	if err != nil {
		return err
	}
	var archive cpio
	archive.dir("modules")
	var order strings.Builder
	for _, m := range modules {
		content, err := os.ReadFile(m)
		if err != nil {
			return err
		}
		archive.file("modules/"+filepath.Base(m), 0o644, content)
		order.WriteString(filepath.Base(m) + "\n")
	}
	archive.file("modules/order", 0o644, []byte(order.String()))
	return os.WriteFile(filepath.Join(kernel, modulesFile), archive.bytes(), 0o644)
}

// keep puts a prepared kernel in place. Another run may have been faster.
func keep(kernel, place string) error {
	err := os.Rename(kernel, place)
	if _, there := os.Stat(filepath.Join(place, modulesFile)); there == nil {
		now := time.Now()
		return os.Chtimes(place, now, now)
	}
	return err
}

// newestKernel is the one that was prepared last.
func newestKernel() (string, error) {
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	kernels, err := filepath.Glob(filepath.Join(cache, "*"+generation()))
	if err != nil {
		return "", err
	}
	var newest string
	var at time.Time
	for _, k := range kernels {
		if info, err := os.Stat(k); err == nil && info.ModTime().After(at) {
			newest, at = k, info.ModTime()
		}
	}
	if newest == "" {
		return "", os.ErrNotExist
	}
	return newest, nil
}

// generation tells kernels prepared with other modules apart.
func generation() string {
	return fmt.Sprintf(".%x", sha256.Sum256([]byte(strings.Join(wanted, " "))))[:9]
}

func cacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	return filepath.Join(dir, "untether", "vm"), err
}
