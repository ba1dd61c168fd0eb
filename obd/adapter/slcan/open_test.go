package slcan_test

import (
	"context"
	"net"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/hardware-sim/vslcan"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/serialport"
	"github.com/untether-obd/untether/obd/adapter/slcan"
	"github.com/untether-obd/untether/obd/can"
)

func open(t *testing.T, uri string) (adapter.Adapter, error) {
	t.Helper()
	return adapter.Registry{"slcan": slcan.Open}.Open(t.Context(), uri)
}

// exchangeOver sends a frame both ways over an opened dongle, one client after
// another.
func exchangeOver(t *testing.T, uri string, unit can.Bus) {
	t.Helper()
	for range 2 {
		ad, err := open(t, uri)
		require.NoError(t, err)
		require.Equal(t, uri, ad.Info().URI)
		b, err := ad.(adapter.Controller).OpenBus(t.Context(), at500k)
		require.NoError(t, err)
		require.NoError(t, b.Send(t.Context(), can.NewFrame(0x7E0, 1)))
		for {
			rx, err := unit.Recv(t.Context())
			require.NoError(t, err)
			if !rx.Own {
				require.Equal(t, can.NewFrame(0x7E0, 1), rx.Frame)
				break
			}
		}
		require.NoError(t, unit.Send(t.Context(), can.NewFrame(0x7E8, 2)))
		for {
			rx, err := b.Recv(t.Context())
			require.NoError(t, err)
			if !rx.Own {
				require.Equal(t, can.NewFrame(0x7E8, 2), rx.Frame)
				break
			}
		}
		require.NoError(t, ad.Close())
	}
}

func TestOpenOverTCP(t *testing.T) {
	s := segment(t, 500_000)
	d, err := vslcan.New(attach(s, true), vslcan.Options{})
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- vserial.Serve(ctx, l, vserial.Waits, d.Line(), func(ctx context.Context, c vserial.Conn) {
			if err := d.Serve(ctx, c); err != nil {
				t.Errorf("serve: %v", err)
			}
		})
	}()
	t.Cleanup(func() {
		cancel()
		require.ErrorIs(t, <-ended, context.Canceled)
		require.NoError(t, d.Close())
	})
	exchangeOver(t, "slcan://"+l.Addr().String(), s.Attach("unit"))
}

func TestOpenASerialPort(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("pseudo-terminals are Linux's here")
	}
	s := segment(t, 500_000)
	d, err := vslcan.New(attach(s, true), vslcan.Options{Name: "can232"})
	require.NoError(t, err)
	terminal, err := vserial.PTY("", d.Line())
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Serve(ctx, terminal) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
		require.NoError(t, d.Close())
	})
	exchangeOver(t, "slcan:"+terminal.Name()+"?baud=57600", s.Attach("unit"))
	_, err = open(t, "slcan:"+terminal.Name()+"?baud=9600")
	require.ErrorIs(t, err, slcan.ErrSilent)
}

func TestNothingToOpen(t *testing.T) {
	_, err := open(t, "slcan:/dev/no-such-port")
	var bad *slcan.OpenError
	require.ErrorAs(t, err, &bad)
	var port *serialport.OpenError
	require.ErrorAs(t, err, &port)
	require.Equal(t, serialport.NoSuchPort, port.Reason)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	_, err = open(t, "slcan://"+l.Addr().String())
	require.ErrorAs(t, err, &port)
	require.Equal(t, serialport.Refused, port.Reason)
}
