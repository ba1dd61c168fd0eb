package vserial_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/untether-obd/untether/hardware-sim/vserial"
)

func openPTY(t *testing.T, link string, o vserial.Options) *vserial.Terminal {
	t.Helper()
	device, err := vserial.PTY(link, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, device.Close()) })
	return device
}

// client opens the terminal as any program does, at a speed.
func client(t *testing.T, name string, baud uint32) *os.File {
	t.Helper()
	fd, err := unix.Open(name, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	require.NoError(t, err)
	f := os.NewFile(uintptr(fd), name)
	t.Cleanup(func() { _ = f.Close() })
	settings, err := unix.IoctlGetTermios(fd, unix.TCGETS2)
	require.NoError(t, err)
	settings.Cflag = settings.Cflag&^unix.CBAUD | unix.BOTHER
	settings.Ispeed, settings.Ospeed = baud, baud
	require.NoError(t, unix.IoctlSetTermios(fd, unix.TCSETS2, settings))
	require.NoError(t, f.SetDeadline(time.Now().Add(patience)))
	return f
}

func TestATerminalServesOneClientAfterAnother(t *testing.T) {
	link := filepath.Join(t.TempDir(), "dongle")
	device := openPTY(t, link, vserial.Options{Baud: 115200})
	go echo(t.Context(), device)
	require.Equal(t, link, device.Name())
	for range 3 {
		f := client(t, link, 115200)
		require.Equal(t, "AT\r\n\x00\xFF\x11\x13\x03", ask(t, f, "AT\r\n\x00\xFF\x11\x13\x03", 9), "raw: no byte means anything")
		require.NoError(t, f.Close())
	}
}

func TestNobodyHearsWhatWasSaidBeforeHeCame(t *testing.T) {
	device := openPTY(t, "", vserial.Options{Baud: 921600})
	require.NoError(t, client(t, device.Name(), 921600).Close())
	require.NoError(t, device.Write(t.Context(), []byte("before")))
	require.NoError(t, device.Write(t.Context(), bytes.Repeat([]byte("."), 8000)), "nobody reads, and the device goes on")
	require.Eventually(t, func() bool { return device.Queued() == 0 }, patience, time.Millisecond)
	f := client(t, device.Name(), 921600)
	require.NoError(t, device.Write(t.Context(), []byte("after")))
	got := readUntil(t, f, "after")
	require.Less(t, len(got), 2000, "what was still on its way")
	require.NotContains(t, got, "before")
}

func readUntil(t *testing.T, f *os.File, end string) string {
	t.Helper()
	var got []byte
	for !bytes.HasSuffix(got, []byte(end)) {
		p := make([]byte, 4096)
		n, err := f.Read(p)
		require.NoError(t, err)
		got = append(got, p[:n]...)
	}
	return string(got)
}

func TestTheSpeedOfATerminalIsWhatItsClientSet(t *testing.T) {
	device := openPTY(t, "", vserial.Options{Baud: 38400})
	f := client(t, device.Name(), 19200)
	_, err := f.Write([]byte{0x00})
	require.NoError(t, err)
	require.Equal(t, []byte{0x00}, readAll(t, device, 1))
	_, err = f.Write([]byte{0x55})
	require.NoError(t, err)
	require.Equal(t, []byte{0x66, 0xE6}, readAll(t, device, 2))
	require.NoError(t, device.Write(t.Context(), []byte{0xF8}))
	require.Equal(t, []byte{0xFE}, readSome(t, f), "the other way as well")
	require.NoError(t, f.Close())

	f = client(t, device.Name(), 38400)
	go echo(t.Context(), device)
	require.Equal(t, "ATI\r", ask(t, f, "ATI\r", 4))
}

func readSome(t *testing.T, f *os.File) []byte {
	t.Helper()
	p := make([]byte, 64)
	n, err := f.Read(p)
	require.NoError(t, err)
	return p[:n]
}

func TestClosingPullsTheTerminal(t *testing.T) {
	link := filepath.Join(t.TempDir(), "dongle")
	device := openPTY(t, link, vserial.Options{})
	f := client(t, link, 38400)
	require.NoError(t, device.Close())
	require.NoError(t, device.Close(), "again is no harm")
	_, err := f.Read(make([]byte, 1))
	require.Error(t, err)
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
	require.NoFileExists(t, link)
}

func TestALinkReplacesOnlyWhatWasOurs(t *testing.T) {
	folder := t.TempDir()
	left := filepath.Join(folder, "left")
	require.NoError(t, os.Symlink("/dev/pts/4711", left))
	device := openPTY(t, left, vserial.Options{})
	target, err := os.Readlink(device.Name())
	require.NoError(t, err)
	require.NotEqual(t, "/dev/pts/4711", target)

	own := filepath.Join(folder, "notes")
	require.NoError(t, os.WriteFile(own, []byte("precious"), 0o600))
	_, err = vserial.PTY(own, vserial.Options{})
	require.ErrorIs(t, err, os.ErrExist)
	require.FileExists(t, own)
}
