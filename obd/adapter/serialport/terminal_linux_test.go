package serialport_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/obd/adapter/serialport"
	"github.com/untether-obd/untether/obd/adapter/serialport/porttest"
)

func TestTerminalIsAPort(t *testing.T) {
	porttest.Run(t, porttest.Setup{Baud: 115200, Open: func(t *testing.T) (serialport.Port, porttest.Peer) {
		t.Helper()
		dongle := plugged(t, "", 115200)
		return opened(t, dongle.Name(), 115200), dongle
	}})
}

func plugged(t *testing.T, link string, baud int) *vserial.Terminal {
	t.Helper()
	dongle, err := vserial.PTY(link, vserial.Options{Baud: baud})
	require.NoError(t, err)
	t.Cleanup(func() { _ = dongle.Close() })
	return dongle
}

func opened(t *testing.T, path string, baud int) serialport.Port {
	t.Helper()
	port, err := serialport.Open(t.Context(), path, serialport.Options{Baud: baud})
	require.NoError(t, err)
	t.Cleanup(func() { _ = port.Close() })
	return port
}

func receive(t *testing.T, from interface {
	Read(ctx context.Context, p []byte) (int, error)
}, n int,
) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var got []byte
	for len(got) < n {
		p := make([]byte, n-len(got))
		k, err := from.Read(ctx, p)
		require.NoError(t, err)
		got = append(got, p[:k]...)
	}
	return string(got)
}

func TestAPortIsForOneProgram(t *testing.T) {
	dongle := plugged(t, "", 38400)

	t.Run("that has it already in this one", func(t *testing.T) {
		port := opened(t, dongle.Name(), 38400)
		busy := requireBusy(t, dongle.Name())
		require.Contains(t, busy.Holders, serialport.Holder{PID: os.Getpid(), Program: comm(t, os.Getpid())})
		require.NoError(t, port.Write(t.Context(), []byte("ATI\r")))
		require.Equal(t, "ATI\r", receive(t, dongle, 4), "the attempt did no harm")
		require.NoError(t, port.Close())
	})
	t.Run("that locked nothing", func(t *testing.T) {
		tty, err := os.OpenFile(dongle.Name(), os.O_RDWR|unix.O_NOCTTY, 0)
		require.NoError(t, err)
		other := exec.CommandContext(t.Context(), "sleep", "60")
		other.Stdin = tty
		require.NoError(t, other.Start())
		require.NoError(t, tty.Close())
		busy := requireBusy(t, dongle.Name())
		require.Equal(t, []serialport.Holder{{PID: other.Process.Pid, Program: "sleep"}}, busy.Holders)
		require.ErrorContains(t, busy, "held by sleep (pid ")
		require.NoError(t, other.Process.Kill())
		require.Error(t, other.Wait())
	})
	t.Run("and free again", func(t *testing.T) {
		require.NoError(t, opened(t, dongle.Name(), 38400).Close())
	})
	t.Run("whoever locks it as we do", func(t *testing.T) {
		opened(t, dongle.Name(), 38400)
		fd, err := unix.Open(dongle.Name(), unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
		if err != nil {
			require.ErrorIs(t, err, unix.EBUSY, "opening is refused to all but root")
			return
		}
		defer func() { require.NoError(t, unix.Close(fd)) }()
		require.ErrorIs(t, unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB), unix.EWOULDBLOCK)
		excl, err := unix.IoctlGetInt(fd, unix.TIOCGEXCL)
		require.NoError(t, err)
		require.Equal(t, 1, excl)
	})
}

func comm(t *testing.T, pid int) string {
	t.Helper()
	require.Equal(t, os.Getpid(), pid)
	name, err := os.ReadFile("/proc/self/comm")
	require.NoError(t, err)
	return string(bytes.TrimSpace(name))
}

func requireBusy(t *testing.T, path string) *serialport.BusyError {
	t.Helper()
	_, err := serialport.Open(t.Context(), path, serialport.Options{})
	var busy *serialport.BusyError
	require.ErrorAs(t, err, &busy)
	require.Equal(t, path, busy.Port)
	return busy
}

func TestWhatIsNoPort(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "notes")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	dongle := plugged(t, "", 38400)
	for name, test := range map[string]struct {
		path   string
		baud   int
		reason serialport.Reason
	}{
		"nothing there":        {filepath.Join(folder, "ttyUSB7"), 0, serialport.NoSuchPort},
		"a file":               {file, 0, serialport.NotSerial},
		"a folder":             {folder, 0, serialport.NotSerial},
		"below a file":         {filepath.Join(file, "tty"), 0, serialport.NotSerial},
		"a device of no line":  {os.DevNull, 0, serialport.NotSerial},
		"a USB id of no port":  {"usb:0403:6015:none", 0, serialport.NoSuchPort},
		"a speed below naught": {dongle.Name(), -1, serialport.BadBaud},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := serialport.Open(t.Context(), test.path, serialport.Options{Baud: test.baud})
			var refused *serialport.OpenError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, test.reason, refused.Reason)
			require.Equal(t, test.path, refused.Port)
			require.ErrorContains(t, err, "serialport: "+test.path+": "+string(test.reason))
		})
	}
	require.NoError(t, opened(t, dongle.Name(), 0).Close(), "none of them kept anything")
}

func TestAPortReadsAtTheSpeedThatWasSet(t *testing.T) {
	dongle := plugged(t, "", 38400)
	port := opened(t, dongle.Name(), 115200)
	require.NoError(t, port.Write(t.Context(), []byte("ATI\r")))
	require.NotEqual(t, "A", receive(t, dongle, 1))
	require.NoError(t, port.Close())

	port = opened(t, dongle.Name(), 38400)
	require.NoError(t, dongle.Write(t.Context(), []byte("ELM327 v2.2")))
	require.Equal(t, "ELM327 v2.2", receive(t, port, 11))

	dongle.SetBaud(500000)
	require.NoError(t, port.SetBaud(t.Context(), 500000))
	require.NoError(t, dongle.Write(t.Context(), []byte("\r>")))
	require.Equal(t, "\r>", receive(t, port, 2))
}

func TestALossIsSeenWhileNobodyAsks(t *testing.T) {
	dongle := plugged(t, "", 38400)
	port := opened(t, dongle.Name(), 38400)
	require.NoError(t, dongle.Close())
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.Eventually(t, func() bool {
		_, err := port.Read(t.Context(), make([]byte, 1))
		return err != nil
	}, time.Second, time.Millisecond)
	_, err := port.Read(ended, make([]byte, 1))
	require.ErrorIs(t, err, context.Canceled)
}

func TestAPortIsFoundAgainUnderItsStableName(t *testing.T) {
	name := filepath.Join(t.TempDir(), "usb-OBD_Solutions_OBDLink_SX-if00-port0")
	first := plugged(t, name, 38400)
	port := opened(t, name, 38400)
	require.NoError(t, first.Close())
	_, err := port.Read(t.Context(), make([]byte, 1))
	var lost *serialport.LostError
	require.ErrorAs(t, err, &lost)
	_, err = serialport.Open(t.Context(), name, serialport.Options{})
	var refused *serialport.OpenError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, serialport.NoSuchPort, refused.Reason)

	plugged(t, "", 38400) // takes the old number
	again := plugged(t, name, 38400)
	port = opened(t, name, 38400)
	require.NoError(t, port.Write(t.Context(), []byte("ATI\r")))
	require.Equal(t, "ATI\r", receive(t, again, 4))
}

func TestLastWordsAreHeard(t *testing.T) {
	dongle := plugged(t, "", 115200)
	port := opened(t, dongle.Name(), 115200)
	require.NoError(t, port.Write(t.Context(), []byte("1001\rATPC\r")))
	require.NoError(t, port.Close())
	require.Equal(t, "1001\rATPC\r", receive(t, dongle, 10))
}

// A device that takes nothing, as behind a dead radio link, holds neither a
// Write whose context ends nor Close.
func TestAWriteThatNobodyTakesCanBeLeft(t *testing.T) {
	dongle := plugged(t, "", 300) // 4096 bytes wait on the line, then in the terminal
	port := opened(t, dongle.Name(), 300)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, port.Write(ctx, make([]byte, 1<<20)), context.DeadlineExceeded)

	waited := make(chan error, 1)
	go func() { waited <- port.Write(t.Context(), make([]byte, 1<<20)) }()
	require.NoError(t, port.Close())
	require.ErrorIs(t, <-waited, serialport.ErrClosed)
}
