//go:build vcan

package socketcan_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/socketcan"
	"github.com/untether-obd/untether/obd/can"
)

// dongle is the far end of a serial line to which the kernel speaks slcan: of
// the interfaces that need no hardware the one with a bit rate and a queue.
type dongle struct {
	name string // of the interface
	line *os.File
	said chan string // S6, O, t1230 ... from the kernel

	idle chan struct{} // closed when nobody reads the line
}

// slcanDiscipline is N_SLCAN of linux/tty.h.
const slcanDiscipline = 17

// plug makes an interface that is down.
func plug(t *testing.T, name string) *dongle {
	t.Helper()
	line, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = line.Close() }) // it may have been pulled out
	n := 0
	control(t, line, func(fd int) (err error) {
		if err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err == nil {
			n, err = unix.IoctlGetInt(fd, unix.TIOCGPTN)
		}
		return err
	})
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = tty.Close() })
	var given string
	control(t, tty, func(fd int) error {
		raw, err := unix.IoctlGetTermios(fd, unix.TCGETS)
		require.NoError(t, err)
		raw.Iflag, raw.Oflag, raw.Lflag = 0, 0, 0
		require.NoError(t, unix.IoctlSetTermios(fd, unix.TCSETS, raw))
		require.NoError(t, unix.IoctlSetPointerInt(fd, unix.TIOCSETD, slcanDiscipline))
		ifr, err := unix.NewIfreq("?")
		require.NoError(t, err)
		err = unix.IoctlIfreq(fd, unix.SIOCGIFNAME, ifr)
		given = ifr.Name()
		return err
	})
	ip(t, "link set "+given+" name "+name)
	d := &dongle{name: name, line: line, said: make(chan string, 100)}
	return d
}

func control(t *testing.T, f *os.File, do func(fd int) error) {
	t.Helper()
	raw, err := f.SyscallConn()
	require.NoError(t, err)
	var failed error
	require.NoError(t, raw.Control(func(fd uintptr) { failed = do(int(fd)) }))
	require.NoError(t, failed)
}

// listen begins to read what the kernel says. That it closes the channel (C)
// is left out: it does so before it opens too.
func (d *dongle) listen() {
	d.idle = make(chan struct{})
	go func() {
		defer close(d.idle)
		in := bufio.NewReader(d.line)
		for {
			s, err := in.ReadString('\r')
			if err != nil {
				return
			}
			if s != "C\r" {
				d.said <- strings.TrimSuffix(s, "\r")
			}
		}
	}()
}

// rest lets what the kernel says wait in the line.
func (d *dongle) rest(t *testing.T) {
	t.Helper()
	require.NoError(t, d.line.SetReadDeadline(time.Unix(1, 0)))
	<-d.idle
	require.NoError(t, d.line.SetReadDeadline(time.Time{}))
}

// isUp says whether the interface is switched on.
func (d *dongle) isUp(t *testing.T) bool {
	t.Helper()
	i, err := net.InterfaceByName(d.name)
	require.NoError(t, err)
	return i.Flags&net.FlagUp != 0
}

func (d *dongle) hears(t *testing.T, want ...string) {
	t.Helper()
	for _, w := range want {
		select {
		case got := <-d.said:
			require.Equal(t, w, got)
		case <-time.After(10 * time.Second):
			require.Fail(t, "nothing said", "not even %s", w)
		}
	}
}

func (d *dongle) silent(t *testing.T) {
	t.Helper()
	require.Empty(t, d.said)
}

const (
	at500, at250 = "S6", "S5" // slcan's words for bit rates
	opens        = "O"
	listens      = "L"
)

func TestVCANBitrateAuto(t *testing.T) {
	d := plug(t, "auto0")
	d.listen()
	a := open(t, d.name+"?bitrate=auto")
	b, err := a.OpenBus(t.Context(), adapter.BusConfig{Bitrate: 500_000, ListenOnly: true})
	require.NoError(t, err)
	d.hears(t, at500, listens)
	_, err = d.line.WriteString("t1232AABB\r")
	require.NoError(t, err)
	require.Equal(t, "123#AABB", recv(t, b).Frame.String())

	_, err = a.OpenBus(t.Context(), adapter.BusConfig{Bitrate: 250_000, ListenOnly: true})
	require.NoError(t, err)
	d.hears(t, at250, listens)
	b, err = a.OpenBus(t.Context(), adapter.BusConfig{Bitrate: 250_000})
	require.NoError(t, err)
	d.hears(t, at250, opens)
	require.NoError(t, b.Send(soon(t), can.NewFrame(0x7E0, 2, 1, 0)))
	d.hears(t, "t7E03020100")

	require.True(t, d.isUp(t))
	require.NoError(t, a.Close())
	require.False(t, d.isUp(t), "as it was")
	d.silent(t)
}

func TestVCANBitrateThatTheUserNames(t *testing.T) {
	d := plug(t, "named0")
	d.listen()
	ip(t, "link set "+d.name+" up type can bitrate 250000")
	d.hears(t, at250, opens)
	a := open(t, d.name+"?bitrate=500000")
	var fixed *adapter.FixedBitrateError
	_, err := a.OpenBus(t.Context(), adapter.BusConfig{Bitrate: 250_000})
	require.ErrorAs(t, err, &fixed)
	require.Equal(t, &adapter.FixedBitrateError{Bitrate: 500_000, Wanted: 250_000}, fixed)
	d.silent(t)
	_, err = a.OpenBus(t.Context(), adapter.BusConfig{Bitrate: 500_000})
	require.NoError(t, err)
	d.hears(t, at500, opens)
	_, err = a.OpenBus(t.Context(), adapter.BusConfig{Bitrate: 500_000})
	require.NoError(t, err, "and nothing has to be changed")
	d.silent(t)
	require.NoError(t, a.Close())
	d.hears(t, at250, opens) // as it was
}

func TestVCANBitrateThatIsLeftAlone(t *testing.T) {
	d := plug(t, "alone0")
	d.listen()
	a := open(t, d.name)
	_, err := a.OpenBus(t.Context(), adapter.BusConfig{Bitrate: 500_000})
	require.ErrorIs(t, err, can.ErrDown)
	ip(t, "link set "+d.name+" up type can bitrate 250000")
	d.hears(t, at250, opens)
	_, err = a.OpenBus(t.Context(), adapter.BusConfig{Bitrate: 500_000, ListenOnly: true})
	var fixed *adapter.FixedBitrateError
	require.ErrorAs(t, err, &fixed)
	require.Equal(t, &adapter.FixedBitrateError{Bitrate: 250_000, Wanted: 500_000}, fixed)
	for _, c := range []adapter.BusConfig{{}, {Bitrate: 250_000}, {Bitrate: 250_000, ListenOnly: true}} {
		_, err = a.OpenBus(t.Context(), c)
		require.NoError(t, err)
	}
	ip(t, "link set "+d.name+" down")
	ip(t, "link set "+d.name+" up type can listen-only on")
	d.hears(t, at250, listens)
	_, err = a.OpenBus(t.Context(), adapter.BusConfig{Bitrate: 250_000})
	require.ErrorIs(t, err, socketcan.ErrListens)
	require.NoError(t, a.Close())
	d.silent(t)
}

func TestVCANBitrateThatIsRefused(t *testing.T) {
	d := plug(t, "refuse0")
	d.listen()
	_, err := open(t, d.name+"?bitrate=123456").OpenBus(t.Context(), adapter.BusConfig{})
	var rate *socketcan.BitrateError
	require.ErrorAs(t, err, &rate)
	require.Equal(t, 123_456, rate.Wanted)
	var denied *socketcan.PermissionError
	require.NotErrorAs(t, err, &denied)
	d.silent(t)
}

// A queue that nobody empties makes Send wait, not fail, and lets it go on.
func TestVCANQueueThatIsFull(t *testing.T) {
	d := plug(t, "full0")
	d.listen()
	ip(t, "link set "+d.name+" txqueuelen 2")
	ip(t, "link set "+d.name+" up type can bitrate 500000")
	d.hears(t, at500, opens)
	d.rest(t)
	b := join(t, d.name)
	sent := 0
	for ; ; sent++ {
		ok, err := b.(can.TrySender).TrySend(can.NewFrame(0x123, byte(sent>>8), byte(sent)))
		require.NoError(t, err)
		if !ok {
			break
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, b.Send(ctx, can.NewFrame(0x7FF)), context.DeadlineExceeded)
	done := make(chan error, 1)
	go func() { done <- b.Send(t.Context(), can.NewFrame(0x7FE)) }()
	d.listen()
	for i := range sent {
		d.hears(t, fmt.Sprintf("t1232%04X", i))
	}
	d.hears(t, "t7FE0")
	require.NoError(t, <-done)
}

func TestVCANPulledOut(t *testing.T) {
	d := plug(t, "pulled0")
	d.listen()
	a := open(t, d.name+"?bitrate=500000")
	b, err := a.OpenBus(t.Context(), adapter.BusConfig{})
	require.NoError(t, err)
	d.hears(t, at500, opens)
	waiting := make(chan error, 1)
	go func() {
		_, err := b.Recv(t.Context())
		waiting <- err
	}()
	require.NoError(t, d.line.Close())
	require.ErrorIs(t, <-waiting, net.ErrClosed)
	_, err = a.OpenBus(t.Context(), adapter.BusConfig{})
	require.ErrorIs(t, err, socketcan.ErrNoInterface)
	require.NoError(t, a.Close(), "nothing is left to be set back")
}
