//go:build vcan

package socketcan_test

import (
	"context"
	"encoding/binary"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/socketcan"
	"github.com/untether-obd/untether/obd/can"
)

// soon bounds a wait for what has to happen at once.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func recv(t *testing.T, b can.Bus) can.Rx {
	t.Helper()
	rx, err := b.Recv(soon(t))
	require.NoError(t, err)
	return rx
}

// typed puts an error frame onto an interface as its driver would.
func typed(t *testing.T, name string, class uint32, data ...byte) {
	t.Helper()
	i, err := net.InterfaceByName(name)
	require.NoError(t, err)
	fd, err := unix.Socket(unix.AF_CAN, unix.SOCK_RAW, unix.CAN_RAW)
	require.NoError(t, err)
	defer unix.Close(fd)
	require.NoError(t, unix.Bind(fd, &unix.SockaddrCAN{Ifindex: i.Index}))
	frame := binary.NativeEndian.AppendUint32(nil, class|unix.CAN_ERR_FLAG)
	_, err = unix.Write(fd, append(append(frame, 8, 0, 0, 0), data...))
	require.NoError(t, err)
}

func TestVCANErrorFrames(t *testing.T) {
	name := vcan(t, "errf0")
	b := join(t, name)
	typed(t, name, can.ErrAck, 0, 0, 0, 0, 0, 0, 0x60, 0x7F)
	require.Equal(t, can.Frame{ID: can.ErrAck, Flags: can.Error, Len: 8, Data: [64]byte{6: 0x60, 7: 0x7F}}, recv(t, b).Frame)
	typed(t, name, can.ErrBusOff, 0, 0, 0, 0, 0, 0, 0, 0)
	require.Equal(t, can.Frame{ID: can.ErrBusOff, Flags: can.Error, Len: 8}, recv(t, b).Frame)
	require.NoError(t, b.Send(soon(t), can.NewFrame(0x123, 1)), "the queue has room")
}

// A pair of vxcan is a wire between two interfaces.
func TestVCANPairOfInterfaces(t *testing.T) {
	ip(t, "link add dev pair0 type vxcan peer name pair1")
	t.Cleanup(func() { ip(t, "link del pair0") })
	for _, name := range []string{"pair0", "pair1"} {
		ip(t, "link set "+name+" mtu 72 up")
	}
	a, b := join(t, "pair0?fd=1"), join(t, "pair1?bitrate=auto")
	for _, text := range []string{"7E8#0102", "18DAF110#01", "123#R4", "123##1112233445566778899AABBCC"} {
		f, err := can.ParseFrame(text)
		require.NoError(t, err)
		require.NoError(t, a.Send(soon(t), f))
		require.Equal(t, f, recv(t, b).Frame)
		echo := recv(t, a)
		require.True(t, echo.Own)
		require.Equal(t, f, echo.Frame)
	}
}

func TestVCANBurst(t *testing.T) {
	name := vcan(t, "burst0")
	a, b := join(t, name), join(t, name)
	const frames = 10_000
	for i := range frames {
		require.NoError(t, a.Send(soon(t), can.NewFrame(0x123, byte(i>>8), byte(i))))
	}
	for i := range frames {
		require.Equal(t, can.NewFrame(0x123, byte(i>>8), byte(i)), recv(t, b).Frame)
	}
}

// What a reader was too slow for is counted to the frame, at its place.
func TestVCANDrops(t *testing.T) {
	name := vcan(t, "drop0")
	a, b := join(t, name), join(t, name)
	numbered := func(i int) can.Frame { return can.NewFrame(0x123, byte(i>>16), byte(i>>8), byte(i)) }
	const frames = 30_000 // more than the buffer holds
	for i := range frames {
		require.NoError(t, a.Send(soon(t), numbered(i)))
	}
	kept := 0
	for ; ; kept++ {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		rx, err := b.Recv(ctx)
		cancel()
		if err != nil {
			require.ErrorIs(t, err, context.DeadlineExceeded)
			break
		}
		require.Equal(t, numbered(kept), rx.Frame)
	}
	t.Logf("%d of %d frames kept", kept, frames)
	require.NoError(t, a.Send(soon(t), numbered(frames)))
	_, err := b.Recv(soon(t))
	require.Equal(t, &can.DroppedError{Count: uint64(frames - kept)}, err)
	require.Equal(t, numbered(frames), recv(t, b).Frame)
}

func TestVCANDownAndUpAgain(t *testing.T) {
	name := vcan(t, "down0")
	ip(t, "link set "+name+" down")
	_, err := open(t, name).OpenBus(t.Context(), adapter.BusConfig{})
	require.ErrorIs(t, err, can.ErrDown)

	ip(t, "link set "+name+" up")
	a, b := join(t, name), join(t, name)
	ip(t, "link set "+name+" down")
	_, err = a.Recv(soon(t))
	require.ErrorIs(t, err, can.ErrDown)
	require.NotErrorIs(t, err, net.ErrClosed)
	require.ErrorIs(t, a.Send(soon(t), can.NewFrame(0x123)), can.ErrDown)

	ip(t, "link set "+name+" up")
	_, err = b.Recv(soon(t))
	require.ErrorIs(t, err, can.ErrDown, "it is told to who was not looking")
	require.NoError(t, a.Send(soon(t), can.NewFrame(0x123, 1)))
	require.Equal(t, can.NewFrame(0x123, 1), recv(t, b).Frame)
}

func TestVCANRemoved(t *testing.T) {
	name := vcan(t, "gone0")
	a, b := join(t, name), join(t, name)
	waiting := make(chan error, 1)
	go func() {
		_, err := a.Recv(t.Context())
		waiting <- err
	}()
	ip(t, "link del "+name)
	for _, err := range []error{<-waiting, b.Send(soon(t), can.NewFrame(0x123))} {
		require.ErrorIs(t, err, socketcan.ErrRemoved)
		require.ErrorIs(t, err, net.ErrClosed)
		require.ErrorContains(t, err, name)
	}
	for range 2 {
		_, err := b.Recv(soon(t))
		require.ErrorIs(t, err, socketcan.ErrRemoved)
	}
	require.NoError(t, a.Close())
}

func TestVCANInterfacesThatDoNotFit(t *testing.T) {
	name := vcan(t, "unfit0")
	ip(t, "link set "+name+" down")
	ip(t, "link set "+name+" mtu 16 up")
	_, err := open(t, name+"?fd=1").OpenBus(t.Context(), adapter.BusConfig{})
	require.ErrorIs(t, err, socketcan.ErrNoFD)

	for target, want := range map[string]error{"nobody0": socketcan.ErrNoInterface, "lo": socketcan.ErrNotCAN} {
		u, err := adapter.ParseURI("socketcan:" + target)
		require.NoError(t, err)
		_, err = socketcan.Open(t.Context(), u)
		require.ErrorIs(t, err, want)
		require.ErrorContains(t, err, target)
	}
}

func TestVCANToOpenAgainClosesTheFormerBus(t *testing.T) {
	d := open(t, vcan(t, "again0"))
	first, err := d.OpenBus(t.Context(), adapter.BusConfig{Bitrate: 500_000, ListenOnly: true})
	require.NoError(t, err)
	require.ErrorIs(t, first.Send(t.Context(), can.NewFrame(0x123)), socketcan.ErrListens)
	second, err := d.OpenBus(t.Context(), adapter.BusConfig{Bitrate: 250_000})
	require.NoError(t, err, "a virtual interface takes any bit rate")
	require.NoError(t, second.Send(t.Context(), can.NewFrame(0x123)))
	require.True(t, recv(t, second).Own)
	_, err = first.Recv(t.Context())
	require.ErrorIs(t, err, net.ErrClosed)
	require.NoError(t, d.Close())
	require.NoError(t, d.Close())
	_, err = second.Recv(t.Context())
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = d.OpenBus(t.Context(), adapter.BusConfig{})
	require.ErrorIs(t, err, net.ErrClosed)
}

// Another process is met as on a wire, and candump is a witness.
func TestVCANTwoProcesses(t *testing.T) {
	name := vcan(t, "procs0")
	b := join(t, name)
	dump := exec.CommandContext(t.Context(), "candump", "-L", "-n", "2", name)
	out, err := os.CreateTemp(t.TempDir(), "")
	require.NoError(t, err)
	dump.Stdout = out
	require.NoError(t, dump.Start())
	waitForReceivers(t, name, 2)
	send, err := exec.CommandContext(t.Context(), "cansend", name, "18DAF110#0102").CombinedOutput()
	require.NoError(t, err, string(send))
	rx := recv(t, b)
	require.False(t, rx.Own)
	require.Equal(t, "18DAF110#0102", rx.Frame.String())
	require.NoError(t, b.Send(soon(t), can.NewFrame(0x7E0, 2, 1, 0)))
	require.NoError(t, dump.Wait())
	text, err := os.ReadFile(out.Name())
	require.NoError(t, err)
	require.Regexp(t, `^\(.*\) `+name+` 18DAF110#0102\S*\n\(.*\) `+name+` 7E0#020100\S*\n$`, string(text))
	require.Contains(t, string(text), stampOf(rx.Time), "the kernel's time of the frame")
}

// waitForReceivers waits until so many sockets listen to all of an interface.
func waitForReceivers(t *testing.T, name string, n int) {
	t.Helper()
	require.Eventually(t, func() bool {
		text, err := os.ReadFile("/proc/net/can/rcvlist_all")
		require.NoError(t, err)
		return strings.Count(string(text), " "+name+" ") >= n
	}, 10*time.Second, 10*time.Millisecond)
}

func stampOf(t time.Time) string { return t.Format("05.000000")[3:] }
