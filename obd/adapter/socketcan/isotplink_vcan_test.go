//go:build vcan

package socketcan

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
)

// byKernel is a link by the kernel's ISO-TP, and a bus on its interface.
func byKernel(t *testing.T, name string) (*kernelLink, can.Bus) {
	t.Helper()
	inOrder(t)
	vcan(t, name)
	beside, err := dial(settings{name: name}, false)
	require.NoError(t, err)
	l, err := newKernelLink(name, beside)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	unit, err := dial(settings{name: name}, false)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, unit.Close()) })
	return l, unit
}

// saying is a unit that says to every frame on 754 what it is told to.
func saying(t *testing.T, b can.Bus, frames ...string) {
	t.Helper()
	var all []can.Frame
	for _, s := range frames {
		f, err := can.ParseFrame(s)
		require.NoError(t, err)
		all = append(all, f)
	}
	go func() { // ends with the bus
		for {
			rx, err := b.Recv(context.Background())
			if err != nil {
				return
			}
			if rx.Frame.ID != 0x754 || rx.Frame.Data[0]>>4 == pciFlowControl {
				continue
			}
			for _, f := range all {
				_ = b.Send(context.Background(), f)
			}
		}
	}()
}

var unit754 = transport.MustAddress("754/75C")

func TestVCANKernelFailures(t *testing.T) {
	for _, c := range []struct {
		name   string
		length int      // of the request
		says   []string // the unit, to its frame
		sent   bool     // the request leaves, and it is the answer that fails
		want   func(t *testing.T, err error)
	}{
		{"nobody is there", 20, nil, false, timer("N_Bs")},
		{"too long for the kernel", 2 << 20, nil, false, is(transport.ErrLength)},
		{"nothing to send", 0, nil, false, is(isotp.ErrEmpty)},
		{"flow control: overflow", 20, []string{"75C#320000"}, false, is(isotp.ErrOverflow)},
		{"flow control: no such status", 20, []string{"75C#350000"}, false, clause("N_INVALID_FS")},
		{"no consecutive frame", 3, []string{"75C#1014000102030405"}, true, timer("N_Cr")},
		{"the wrong consecutive frame", 3, []string{"75C#1014000102030405", "75C#22060708090A0B0C"}, true, clause("N_WRONG_SN")},
		{"a consecutive frame that is too short", 3, []string{"75C#1014000102030405", "75C#2106070809"}, true, timer("N_Cr")},
		{"an answer too long for the kernel", 3, []string{"75C#1000010000000001"}, true, clause("N_BUFFER_OVFLW")},
		{"no answer", 3, nil, true, timer("P2")},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, b := byKernel(t, "failures0")
			saying(t, b, c.says...)
			conn := conversation(t, l, unit754, transport.Params{})
			err := conn.Send(t.Context(), pattern(c.length), transport.Want{})
			if c.sent {
				require.NoError(t, err)
				_, err = conn.Recv(t.Context(), 500*time.Millisecond)
				c.want(t, err)
				return
			}
			c.want(t, err)
			var op *transport.OpError
			require.ErrorAs(t, err, &op)
			require.Equal(t, transport.SentNo, op.Sent)
		})
	}
}

func is(want error) func(*testing.T, error) {
	return func(t *testing.T, err error) { t.Helper(); require.ErrorIs(t, err, want) }
}

func timer(name string) func(*testing.T, error) {
	return func(t *testing.T, err error) {
		t.Helper()
		var late *transport.TimeoutError
		require.ErrorAs(t, err, &late)
		require.Equal(t, name, late.Timer)
	}
}

func clause(name string) func(*testing.T, error) {
	return func(t *testing.T, err error) {
		t.Helper()
		var broken *transport.ProtocolError
		require.ErrorAs(t, err, &broken)
		require.Equal(t, name, broken.Clause)
	}
}

// TestVCANKernelFirst: P2 ends at the first frame, which the kernel does not
// tell of; the rest may take longer.
func TestVCANKernelFirst(t *testing.T) {
	l, b := byKernel(t, "first0")
	conn := conversation(t, l, unit754, transport.Params{})
	require.NoError(t, b.Send(t.Context(), can.NewFrame(0x75C, 0x10, 8, 0, 1, 2, 3, 4, 5)))
	time.AfterFunc(700*time.Millisecond, func() { _ = b.Send(context.Background(), can.NewFrame(0x75C, 0x21, 6, 7)) })
	m, err := conn.Recv(t.Context(), 300*time.Millisecond)
	require.NoError(t, err)
	require.Equal(t, []byte{0, 1, 2, 3, 4, 5, 6, 7}, m.Data)
	require.Greater(t, m.Last.Sub(m.First), 300*time.Millisecond)
}

func TestVCANKernelRefuses(t *testing.T) {
	l, _ := byKernel(t, "refuses0")
	conversation(t, l, unit754, transport.Params{})
	_, err := l.Dial(t.Context(), unit754, transport.Params{})
	require.ErrorIs(t, err, isotp.ErrInUse)
	fd := conversation(t, l, transport.MustAddress("7E0/7E8@fd"), transport.Params{TxDL: 64})
	require.NoError(t, fd.Send(t.Context(), pattern(60), transport.Want{}), "one CAN FD frame")

	ip(t, "link set refuses0 down")
	ip(t, "link set refuses0 mtu 16 up")
	classic, err := dial(settings{name: "refuses0"}, false)
	require.NoError(t, err)
	l, err = newKernelLink("refuses0", classic)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	_, err = l.Dial(t.Context(), transport.MustAddress("7E1/7E9@fd"), transport.Params{TxDL: 64})
	require.ErrorIs(t, err, transport.ErrForm)

	_, err = newKernelLink("nosuch0", classic)
	require.ErrorIs(t, err, ErrNoInterface)
	const neverBuilt = 5 // CAN_MCNET: Linux has the number and no such protocol
	_, err = newISOTP(neverBuilt)
	require.ErrorIs(t, err, ErrNoKernelISOTP)
}

func TestVCANKernelInterfaceGone(t *testing.T) {
	l, _ := byKernel(t, "gone0")
	conn := conversation(t, l, unit754, transport.Params{})
	got := make(chan error)
	go func() {
		_, err := conn.Recv(context.Background(), time.Hour)
		got <- err
	}()
	ip(t, "link set gone0 down")
	require.ErrorIs(t, <-got, can.ErrDown)
	err := conn.Send(t.Context(), pattern(3), transport.Want{})
	require.Error(t, err)
	require.NotErrorIs(t, err, unix.ENETDOWN, "it has a name of ours")
}

// TestVCANKernelInterfaceRemoved: whoever waits is told that the adapter is
// lost, in whatever state the conversation is, and so is who comes later.
func TestVCANKernelInterfaceRemoved(t *testing.T) {
	receive := func(t *testing.T, conn transport.Conn, _ can.Bus) error {
		t.Helper()
		_, err := conn.Recv(t.Context(), time.Hour)
		return err
	}
	for name, wait := range map[string]func(t *testing.T, conn transport.Conn, unit can.Bus) error{
		"before an answer": receive,
		"within an answer": func(t *testing.T, conn transport.Conn, unit can.Bus) error {
			t.Helper()
			require.NoError(t, unit.Send(t.Context(), can.NewFrame(0x75C, 0x10, 8, 0, 1, 2, 3, 4, 5)))
			return receive(t, conn, unit)
		},
		"within a request": func(t *testing.T, conn transport.Conn, unit can.Bus) error {
			t.Helper()
			saying(t, unit, "75C#30007F") // a frame in 127 ms
			return conn.Send(t.Context(), pattern(200), transport.Want{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			l, unit := byKernel(t, "removed0")
			witness, err := dial(settings{name: "removed0"}, false)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, witness.Close()) })
			conn := conversation(t, l, unit754, transport.Params{})
			require.NoError(t, conn.Send(t.Context(), []byte{0x3E, 0}, transport.Want{}))
			ended := make(chan error, 1)
			go func() { ended <- wait(t, conn, unit) }()
			frames := map[string]int{"before an answer": 1, "within an answer": 3, "within a request": 3}[name]
			for range frames {
				_, err := witness.Recv(t.Context())
				require.NoError(t, err)
			}
			ip(t, "link del removed0")
			_, late := conn.Recv(t.Context(), time.Hour)
			_, dialled := l.Dial(t.Context(), transport.MustAddress("7E0/7E8"), transport.Params{})
			for _, err := range []error{<-ended, late, conn.Send(t.Context(), pattern(3), transport.Want{}), dialled} {
				require.ErrorIs(t, err, ErrRemoved)
				require.ErrorIs(t, err, net.ErrClosed)
				var lost *InterfaceError
				require.ErrorAs(t, err, &lost)
				require.Equal(t, "removed0", lost.Interface)
			}
		})
	}
}

// TestVCANKernelProbe: a probing also hears what conversations in the kernel
// are told.
func TestVCANKernelProbe(t *testing.T) {
	l, b := byKernel(t, "probe0")
	conversation(t, l, unit754, transport.Params{})
	heard := make(chan can.Frame, 16)
	p, err := l.Probe(func(h transport.Heard) {
		if h.Err == nil && !h.Own {
			heard <- h.Frame
		}
	})
	require.NoError(t, err)
	for _, f := range []can.Frame{can.NewFrame(0x75C, 1, 0x7E), can.NewFrame(0x123, 1)} {
		require.NoError(t, b.Send(t.Context(), f))
		require.Equal(t, f, <-heard)
	}
	require.NoError(t, p.Close())
}

// TestVCANKernelAlone: while nobody asks a unit alone, its answers are the
// group's, though the kernel brings them.
func TestVCANKernelAlone(t *testing.T) {
	l, b := byKernel(t, "alone0")
	single := conversation(t, l, transport.MustAddress("7E0/7E8"), transport.Params{})
	group := conversation(t, l, transport.MustAddress("7DF/7E8-7EF"), transport.Params{})
	require.NoError(t, group.Send(t.Context(), []byte{9, 2}, transport.Want{Answers: -1}))
	for i, frames := range [][]can.Frame{
		{can.NewFrame(0x7E8, 0x10, 8, 0, 1, 2, 3, 4, 5), can.NewFrame(0x7E8, 0x21, 6, 7)},
		{can.NewFrame(0x7E9, 2, 0x49, 2)},
	} {
		for _, f := range frames {
			require.NoError(t, b.Send(t.Context(), f))
		}
		m, err := group.Recv(t.Context(), time.Second)
		require.NoError(t, err)
		require.Equal(t, []string{"7E0/7E8", "7E1/7E9"}[i], m.From.String())
	}
	require.NoError(t, single.Send(t.Context(), []byte{0x3E, 0}, transport.Want{}))
	require.NoError(t, b.Send(t.Context(), can.NewFrame(0x7E8, 2, 0x7E, 0)))
	m, err := single.Recv(t.Context(), time.Second)
	require.NoError(t, err)
	require.Equal(t, []byte{0x7E, 0}, m.Data)
}
