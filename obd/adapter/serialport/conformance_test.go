package serialport_test

import (
	"net"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/obd/adapter/serialport"
	"github.com/untether-obd/untether/obd/adapter/serialport/porttest"
)

func TestPipeIsAPort(t *testing.T) {
	porttest.Run(t, porttest.Setup{Baud: 115200, In: synctest.Test, Open: openPipe(vserial.Options{Baud: 115200})})
}

func TestPipeOfABridgeIsAPort(t *testing.T) {
	porttest.Run(t, porttest.Setup{
		In:   synctest.Test,
		Open: openPipe(vserial.Options{Baud: 115200, NoBaud: serialport.ErrNoBaud}),
	})
}

func openPipe(o vserial.Options) func(*testing.T) (serialport.Port, porttest.Peer) {
	o.Lost = func(err error) error { return &serialport.LostError{Port: "pipe", Err: err} }
	return func(*testing.T) (serialport.Port, porttest.Peer) { return vserial.Pipe(o) }
}

func TestTCPIsAPort(t *testing.T) {
	porttest.Run(t, porttest.Setup{Open: func(t *testing.T) (serialport.Port, porttest.Peer) {
		t.Helper()
		l := listen(t)
		port := dialed(t, l)
		conn, err := l.Accept()
		require.NoError(t, err)
		peer := vserial.TCP(conn, vserial.Options{Baud: 2000000})
		t.Cleanup(func() { _ = peer.Close() })
		return port, peer
	}})
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func dialed(t *testing.T, l net.Listener) serialport.Port {
	t.Helper()
	port, err := serialport.DialTCP(t.Context(), l.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = port.Close() })
	return port
}
