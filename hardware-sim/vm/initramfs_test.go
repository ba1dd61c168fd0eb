package vm

import (
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

type member struct {
	Name, Content string
	Mode          int64
}

// members reads archives that stand one behind the other, as the kernel does:
// 13 numbers of 8 digits follow the magic one, name and content end at
// multiples of 4.
func members(t *testing.T, archive []byte) (all []member) {
	t.Helper()
	at := 0
	take := func(n int) []byte {
		require.LessOrEqual(t, at+n, len(archive))
		at += n
		return archive[at-n : at]
	}
	aligned := func() { at = (at + 3) / 4 * 4 }
	number := func() int64 {
		n, err := strconv.ParseInt(string(take(8)), 16, 64)
		require.NoError(t, err)
		return n
	}
	for at < len(archive) {
		require.Equal(t, "070701", string(take(6)), "at %d: %s", at, hex.EncodeToString(archive[at:min(at+16, len(archive))]))
		var field [13]int64
		for i := range field {
			field[i] = number()
		}
		name := string(take(int(field[11])))
		aligned()
		content := string(take(int(field[6])))
		aligned()
		all = append(all, member{Name: name[:len(name)-1], Content: content, Mode: field[1]})
	}
	return all
}

func TestTheGuestsFirstRoot(t *testing.T) {
	dir := t.TempDir()
	var modules cpio
	modules.file("modules/order", 0o644, []byte("can.ko\n"))
	m := machine{busybox: filepath.Join(dir, "busybox"), modules: filepath.Join(dir, modulesFile)}
	require.NoError(t, os.WriteFile(m.busybox, []byte("a program"), 0o600))
	require.NoError(t, os.WriteFile(m.modules, modules.bytes(), 0o600))
	job := Job{Command: []string{"true"}, Dir: "/", Share: []string{dir}}

	archive, err := m.initramfs(job)
	require.NoError(t, err)
	var files []member
	for _, f := range members(t, archive) {
		if f.Mode&modeFile == modeFile {
			files = append(files, f)
		}
	}
	require.Empty(t, cmp.Diff([]member{
		{"modules/order", "can.ko\n", 0o100644},
		{"bin/busybox", "a program", 0o100755},
		{"init", string(initScript), 0o100755},
		{"job", job.script(), 0o100644},
		{"shares", dir + "\n", 0o100644},
	}, files))
}

func TestOnlyFoldersAreShared(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	odd := filepath.Join(dir, "two\nlines")
	require.NoError(t, os.Mkdir(odd, 0o700))
	for _, bad := range []string{"", "testdata", file, filepath.Join(dir, "none"), odd} {
		_, err := shareList([]string{dir, bad})
		require.ErrorContains(t, err, strconv.Quote(bad)+" cannot be shared")
	}
}

// Where the guest has chroot, this machine has a program that goes nowhere.
func TestTheJobsWordsReachTheCommand(t *testing.T) {
	dir := t.TempDir()
	job := Job{
		Command: []string{"sh", "-c", `pwd; printf '<%s>' "$ODD" "$@"`, "sh", "a b", "", "it's", `$HOME "\`, "two\nlines", "*"},
		Dir:     dir,
		Env:     []string{"PATH=" + os.Getenv("PATH"), "ODD=it's $x"},
	}
	script := strings.Replace(job.script(), "/bin/busybox chroot /system", "", 1)
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", script)
	cmd.Env = append(os.Environ(), "ODD=not this")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Equal(t, dir+"\n<it's $x><a b><><it's><$HOME \"\\><two\nlines><*>", string(out))
}
