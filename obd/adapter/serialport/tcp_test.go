package serialport_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter/serialport"
)

func TestHostsThatAreNotThere(t *testing.T) {
	closed := listen(t)
	require.NoError(t, closed.Close())
	for name, test := range map[string]struct {
		hostport string
		reason   serialport.Reason
	}{
		"nobody listens":    {closed.Addr().String(), serialport.Refused},
		"no such host":      {"dongle.invalid:35000", serialport.NoSuchHost},
		"no port":           {"127.0.0.1", serialport.BadAddress},
		"a port of no kind": {"127.0.0.1:99999", serialport.BadAddress},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := serialport.DialTCP(t.Context(), test.hostport)
			var refused *serialport.OpenError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, test.reason, refused.Reason, "%v", err)
			require.Equal(t, test.hostport, refused.Port)
		})
	}
}

func TestDialingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := serialport.DialTCP(ctx, listen(t).Addr().String())
	require.ErrorIs(t, err, context.Canceled)
}

// A host that hears nothing any more keeps the connection open; the system
// takes what fits and then waits for it.
func TestAHostThatTakesNothingHoldsNobody(t *testing.T) {
	l := listen(t)
	port := dialed(t, l)
	conn, err := l.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, port.Write(ctx, make([]byte, 16<<20)), context.DeadlineExceeded)

	waited := make(chan error, 1)
	go func() { waited <- port.Write(t.Context(), make([]byte, 16<<20)) }()
	require.NoError(t, port.Close())
	require.ErrorIs(t, <-waited, serialport.ErrClosed)
}

func TestAHostThatResetsIsLost(t *testing.T) {
	l := listen(t)
	port := dialed(t, l)
	conn, err := l.Accept()
	require.NoError(t, err)
	require.NoError(t, conn.(*net.TCPConn).SetLinger(0))
	require.NoError(t, conn.Close())
	_, err = port.Read(t.Context(), make([]byte, 1))
	var lost *serialport.LostError
	require.ErrorAs(t, err, &lost)
	require.Equal(t, l.Addr().String(), lost.Port)
}
