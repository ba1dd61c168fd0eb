//go:build vcan

package socketcan_test

import (
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/socketcan"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// unprivileged runs f without the right to change interfaces.
func unprivileged(t *testing.T, f func() error) error {
	t.Helper()
	failed := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with its rights
		head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var none [2]unix.CapUserData
		if err := unix.Capset(&head, &none[0]); err != nil {
			failed <- err
			return
		}
		failed <- f()
	}()
	return <-failed
}

func TestVCANWithoutTheRightToSetABitrate(t *testing.T) {
	d := plug(t, "rights0")
	d.listen()
	try := func(uri string, c adapter.BusConfig) error {
		return unprivileged(t, func() error {
			a, err := adapter.Registry{"socketcan": socketcan.Open}.Open(t.Context(), "socketcan:"+d.name+uri)
			if err != nil {
				return err
			}
			_, err = a.(adapter.Controller).OpenBus(t.Context(), c)
			return errors.Join(err, a.Close())
		})
	}
	var (
		denied *socketcan.PermissionError
		rate   *socketcan.BitrateError
		fixed  *adapter.FixedBitrateError
	)
	for _, uri := range []string{"?bitrate=auto", "?bitrate=500000"} {
		require.ErrorAs(t, try(uri, adapter.BusConfig{Bitrate: 500_000}), &denied)
		require.Equal(t, "CAP_NET_ADMIN", denied.Capability)
	}
	ip(t, "link set "+d.name+" up type can bitrate 250000")
	d.hears(t, at250, opens)
	require.ErrorAs(t, try("?bitrate=auto", adapter.BusConfig{Bitrate: 500_000}), &fixed)
	require.NoError(t, try("?bitrate=auto", adapter.BusConfig{Bitrate: 250_000, ListenOnly: true}))
	require.ErrorAs(t, try("?bitrate=500000", adapter.BusConfig{Bitrate: 500_000}), &rate)
	require.Equal(t, [2]int{250_000, 500_000}, [2]int{rate.Is, rate.Wanted})
	require.ErrorAs(t, error(rate), &denied)
	require.NoError(t, try("?bitrate=250000", adapter.BusConfig{Bitrate: 250_000, ListenOnly: true}), "as good as we may")
	require.NoError(t, try("?bitrate=250000", adapter.BusConfig{Bitrate: 250_000}))
	d.silent(t)
}

// Linux as it is asks for no capability where a CAN socket is opened. One that
// is patched to ask for CAP_NET_RAW is told of in TestWhyThereIsNoSocket.
func TestVCANSocketsNeedNoCapability(t *testing.T) {
	name := vcan(t, "norights0")
	unit := join(t, name)
	var got transport.Message
	require.NoError(t, unprivileged(t, func() error {
		fd, err := unix.Socket(unix.AF_CAN, unix.SOCK_RAW, unix.CAN_RAW)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 1<<20); !errors.Is(err, unix.EPERM) {
			return errors.Join(errors.New("this is no thread without rights"), err)
		}
		a, err := adapter.Registry{"socketcan": socketcan.Open}.Open(t.Context(), "socketcan:"+name+"?isotp=kernel")
		if err != nil {
			return err
		}
		beside, err := a.(adapter.Controller).OpenBus(t.Context(), adapter.BusConfig{})
		if err != nil {
			return err
		}
		link, err := a.(adapter.Carrier).Carry(beside)
		if err != nil {
			return err
		}
		conn, err := link.Dial(t.Context(), transport.MustAddress("754/75C"), transport.Params{})
		if err != nil {
			return err
		}
		if err = conn.Send(t.Context(), []byte{0x3E, 0}, transport.Want{Answers: 1}); err == nil {
			err = unit.Send(t.Context(), can.NewFrame(0x75C, 2, 0x7E, 0))
		}
		if err == nil {
			got, err = conn.Recv(t.Context(), 10*time.Second)
		}
		return errors.Join(err, link.Close(), a.Close())
	}))
	require.Equal(t, []byte{0x7E, 0}, got.Data)
	require.Equal(t, "754#023E00CCCCCCCCCC", recv(t, unit).Frame.String())
}
