package vm

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

// plant writes files below a folder.
func plant(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
}

func TestModulesAreLoadedAfterWhatTheyNeed(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, map[string]string{
		"modules.builtin": "kernel/drivers/virtio/virtio_pci.ko\n",
		"modules.dep": `kernel/net/can/can.ko.xz:
kernel/net/can/can-raw.ko.xz: kernel/net/can/can.ko.xz
kernel/drivers/net/can/slcan.ko.xz: kernel/drivers/net/can/can-dev.ko.xz kernel/net/can/can.ko.xz
kernel/drivers/net/can/can-dev.ko.xz: kernel/net/can/can.ko.xz
`,
	})
	files, err := moduleFiles(dir, []string{"virtio-pci", "can_raw", "slcan", "can"})
	require.NoError(t, err)
	require.Empty(t, cmp.Diff([]string{
		filepath.Join(dir, "kernel/net/can/can.ko.xz"),
		filepath.Join(dir, "kernel/net/can/can-raw.ko.xz"),
		filepath.Join(dir, "kernel/drivers/net/can/can-dev.ko.xz"),
		filepath.Join(dir, "kernel/drivers/net/can/slcan.ko.xz"),
	}, files))

	_, err = moduleFiles(dir, []string{"can", "canna"})
	require.EqualError(t, err, "the kernel has no module canna")
}

func TestPickTakesTheKernelAndItsModules(t *testing.T) {
	tree, kernel := t.TempDir(), filepath.Join(t.TempDir(), "kernel")
	files := map[string]string{"boot/vmlinuz-6.1.0": "the kernel", "lib/modules/6.1.0/modules.builtin": ""}
	var deps string
	for _, m := range wanted[1:] {
		files["lib/modules/6.1.0/"+m+".ko"] = "code of " + m
		deps += m + ".ko:\n"
	}
	files["lib/modules/6.1.0/modules.builtin"] = "virtio_pci.ko\n"
	files["lib/modules/6.1.0/modules.dep"] = deps
	plant(t, tree, files)
	require.NoError(t, pick(tree, kernel))

	image, err := os.ReadFile(filepath.Join(kernel, imageFile))
	require.NoError(t, err)
	require.Equal(t, "the kernel", string(image))
	archive, err := os.ReadFile(filepath.Join(kernel, modulesFile))
	require.NoError(t, err)
	all := members(t, archive)
	require.Equal(t, member{Name: "modules/vcan.ko", Content: "code of vcan", Mode: 0o100644}, all[len(wanted)-3])
	order := all[len(all)-2]
	require.Equal(t, "modules/order", order.Name)
	require.Contains(t, order.Content, "9p.ko\n9pnet_virtio.ko\noverlay.ko\ncan.ko\n")
}

func TestWhatIsNoKernelPackageIsNamed(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	deb := filepath.Join(t.TempDir(), "linux-image.deb")
	require.NoError(t, os.WriteFile(deb, []byte("no package"), 0o600))
	require.ErrorContains(t, Prepare(t.Context(), deb), deb+": dpkg-deb: ")
	_, err := newestKernel()
	require.ErrorIs(t, err, os.ErrNotExist)

	require.EqualError(t, pick(t.TempDir(), "nowhere"), "no kernel is in it")
}

func TestTheKernelPreparedLastIsTaken(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	cache, err := cacheDir()
	require.NoError(t, err)
	prepare := func(name, content string) string {
		kernel, place := t.TempDir(), filepath.Join(cache, name)
		plant(t, kernel, map[string]string{modulesFile: content})
		require.NoError(t, os.MkdirAll(cache, 0o700))
		require.NoError(t, keep(kernel, place))
		return place
	}
	older := prepare("older"+generation(), "1")
	newer := prepare("newer"+generation(), "1")
	hourAgo := time.Now().Add(-time.Hour)
	require.NoError(t, os.Chtimes(older, hourAgo, hourAgo))
	prepare("of-other-modules.12345678", "1")
	newest, err := newestKernel()
	require.NoError(t, err)
	require.Equal(t, newer, newest)

	// What is there already serves as well, and is the last one now.
	require.NoError(t, os.Chtimes(newer, hourAgo, hourAgo))
	prepare("older"+generation(), "2")
	newest, err = newestKernel()
	require.NoError(t, err)
	require.Equal(t, older, newest)
}

func TestMissingPackagesAreNamed(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("PATH", t.TempDir())
	missing := Missing(t.Context())
	require.Subset(t, missing, []string{"iproute2", "qemu-system-x86", "busybox-static", kernelPackage})

	require.EqualError(t, &MissingError{Packages: []string{"kmod", kernelPackage}},
		"this kernel has no CAN, and for a virtual machine packages are missing: apt-get install kmod; "+
			"apt-get download the package that linux-image-amd64 depends on, and canvm -kernel FILE.deb")
}

func TestBusyboxMustNeedNoLoader(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, map[string]string{"static": "\x7fELF\x00", "dynamic": "\x7fELF\x00/lib64/ld-linux-x86-64.so.2\x00"})
	require.True(t, static(filepath.Join(dir, "static")))
	require.False(t, static(filepath.Join(dir, "dynamic")))
	require.False(t, static(filepath.Join(dir, "none")))
}
