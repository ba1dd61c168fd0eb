//go:build linux

package socketcan

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/can/cantest"
)

// line is a pair of sockets of another family: it has neither echoes nor error
// frames nor times, but every kernel has it.
func line(t *testing.T) (a, b *bus) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	require.NoError(t, err)
	end := func(fd int) *bus {
		b, err := newBus(os.NewFile(uintptr(fd), "line"), iface{index: loopback(t), fd: true}, false)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, b.Close()) })
		return b
	}
	return end(fds[0]), end(fds[1])
}

func loopback(t *testing.T) int {
	t.Helper()
	i, err := net.InterfaceByName("lo")
	require.NoError(t, err)
	return i.Index
}

// deaf is a Bus that is honest about its line.
type deaf struct{ can.Bus }

func (d deaf) Recv(ctx context.Context) (can.Rx, error) {
	rx, err := d.Bus.Recv(ctx)
	rx.Time = time.Now()
	return rx, err
}

func TestConformanceOnALineWithoutEchoes(t *testing.T) {
	cantest.Run(t, func(t *testing.T) (a, b can.Bus) {
		t.Helper()
		x, y := line(t)
		return deaf{x}, deaf{y}
	}, cantest.Caps{FD: true, Remote: true})
}

// fill sends until the line takes no more.
func fill(t *testing.T, b *bus) (sent int) {
	t.Helper()
	for {
		ok, err := b.TrySend(can.NewFrame(0x123, byte(sent>>8), byte(sent)))
		require.NoError(t, err)
		if !ok {
			return sent
		}
		sent++
	}
}

func TestSendWaitsForRoom(t *testing.T) {
	a, b := line(t)
	sent := fill(t, a)
	require.Positive(t, sent)

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, a.Send(ctx, can.NewFrame(0x7FF)), context.DeadlineExceeded)

	done := make(chan error, 1)
	go func() { done <- a.Send(t.Context(), can.NewFrame(0x7FF, 1)) }()
	for i := range sent {
		rx, err := b.Recv(t.Context())
		require.NoError(t, err)
		require.Equal(t, can.NewFrame(0x123, byte(i>>8), byte(i)), rx.Frame)
	}
	require.NoError(t, <-done)
	rx, err := b.Recv(t.Context())
	require.NoError(t, err)
	require.Equal(t, can.NewFrame(0x7FF, 1), rx.Frame, "and nothing of the Send that was given up")
}

func TestCloseEndsASendThatWaits(t *testing.T) {
	a, _ := line(t)
	fill(t, a)
	done := make(chan error, 1)
	go func() { done <- a.Send(t.Context(), can.NewFrame(0x7FF)) }()
	require.Eventually(t, func() bool { return len(a.out.turn) == 1 }, time.Second, time.Millisecond)
	ok, err := a.TrySend(can.NewFrame(0x7FE))
	require.False(t, ok, "somebody else is sending")
	require.NoError(t, err)
	require.NoError(t, a.Close())
	require.ErrorIs(t, <-done, can.ErrClosed)
	_, err = a.TrySend(can.NewFrame(0x7FF))
	require.ErrorIs(t, err, can.ErrClosed)
}

func TestRecvOfWhatIsThereAllocatesNothing(t *testing.T) {
	a, b := line(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f := can.NewFrame(0x123, 1, 2, 3)
	exchange := func() {
		if ok, err := a.TrySend(f); !ok || err != nil {
			t.Errorf("send: %v", err)
		}
		if _, err := b.Recv(ctx); err != nil {
			t.Error(err)
		}
	}
	exchange() // the context is watched from here on
	require.Zero(t, testing.AllocsPerRun(100, exchange))
}

func TestWhatIsNoFrameIsPassedOver(t *testing.T) {
	a, b := line(t)
	for _, junk := range [][]byte{{}, {1, 2, 3}, bytesOf(t, 0x123, "09", size)} {
		_, err := a.file.Write(junk)
		require.NoError(t, err)
	}
	require.NoError(t, a.Send(t.Context(), can.NewFrame(0x7FF, 1)))
	rx, err := b.Recv(t.Context())
	require.NoError(t, err)
	require.Equal(t, can.NewFrame(0x7FF, 1), rx.Frame)
}

func TestWhoOnlyListensSendsNothing(t *testing.T) {
	a, _ := line(t)
	a.listen = true
	require.ErrorIs(t, a.Send(t.Context(), can.NewFrame(0x123)), ErrListens)
	_, err := a.TrySend(can.NewFrame(0x123))
	require.ErrorIs(t, err, ErrListens)
}

func TestBusOffEndsTheWaitForAQueueThatStaysFull(t *testing.T) {
	a, _ := line(t)
	report := func(class uint32) { a.notice(&can.Rx{Frame: can.Frame{ID: class, Flags: can.Error, Len: 8}}) }
	report(can.ErrBusOff)
	require.ErrorIs(t, a.rest(t.Context(), time.Hour), can.ErrBusOffState)
	report(can.ErrRestarted)
	require.NoError(t, a.rest(t.Context(), 0))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, a.rest(ctx, time.Hour), context.Canceled)
}

func TestWhatTheKernelSays(t *testing.T) {
	for _, row := range []struct {
		name  string
		errno unix.Errno
		index int
		want  error
	}{
		{"down", unix.ENETDOWN, loopback(t), can.ErrDown},
		{"down on the way out", unix.ENETDOWN, 1 << 30, ErrRemoved},
		{"gone, to who reads", unix.ENODEV, 0, ErrRemoved},
		{"gone, to who sends", unix.ENXIO, 0, ErrRemoved},
		{"a size it does not take", unix.EMSGSIZE, 0, can.ErrFrame},
		{"a frame it does not take", unix.EINVAL, 0, can.ErrFrame},
		{"something else", unix.EIO, 0, unix.EIO},
	} {
		t.Run(row.name, func(t *testing.T) {
			a, _ := line(t)
			a.index = row.index
			err := a.why(row.errno)
			require.ErrorIs(t, err, row.want)
			var of *InterfaceError
			require.ErrorAs(t, err, &of)
			require.Equal(t, "line", of.Interface)
			_, err = a.Recv(canceledSoon(t))
			require.Equal(t, row.want == ErrRemoved, errors.Is(err, net.ErrClosed), "gone for good") //nolint:errorlint // the row's own
		})
	}
}

func canceledSoon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

func TestWhyThereIsNoSocket(t *testing.T) {
	require.ErrorIs(t, refused(unix.EAFNOSUPPORT), ErrNoCAN)
	require.ErrorIs(t, refused(unix.EPROTONOSUPPORT), ErrNoCAN)
	require.ErrorIs(t, refused(unix.EMFILE), unix.EMFILE)
	require.NoError(t, refused(nil))
	for _, errno := range []unix.Errno{unix.EPERM, unix.EACCES} {
		var p *PermissionError
		require.ErrorAs(t, refused(errno), &p)
		require.Equal(t, "CAP_NET_RAW", p.Capability)
		require.ErrorIs(t, p, os.ErrPermission)
	}
}

func TestOpenWhereTheKernelHasNoCAN(t *testing.T) {
	if fd, err := newSocket(); err == nil {
		require.NoError(t, unix.Close(fd))
		t.Skip("this kernel has CAN")
	}
	u, err := adapter.ParseURI("socketcan:can0")
	require.NoError(t, err)
	_, err = Open(t.Context(), u)
	require.Equal(t, &InterfaceError{Interface: "can0", Err: ErrNoCAN}, err)
}
