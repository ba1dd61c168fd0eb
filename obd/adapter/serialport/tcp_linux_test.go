package serialport

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// What a half-open connection is recognised by, as the system has it: a peer
// that is silent on the loopback cannot be had.
func TestTheSystemWatchesForAHostThatWentSilently(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	port, err := DialTCP(t.Context(), l.Addr().String())
	require.NoError(t, err)
	defer port.Close()
	raw, err := port.(*stream).dev.(connection).Conn.(*net.TCPConn).SyscallConn()
	require.NoError(t, err)
	require.NoError(t, raw.Control(func(fd uintptr) {
		for _, option := range []struct {
			name        string
			level, what int
			want        int
		}{
			{"unacknowledged, ms", unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 6000},
			{"keep-alive", unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
			{"first probe, s", unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, 5},
			{"next probe, s", unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, 2},
			{"probes", unix.IPPROTO_TCP, unix.TCP_KEEPCNT, 3},
			{"small segments at once", unix.IPPROTO_TCP, unix.TCP_NODELAY, 1},
		} {
			got, err := unix.GetsockoptInt(int(fd), option.level, option.what)
			require.NoError(t, err, option.name)
			require.Equal(t, option.want, got, option.name)
		}
	}))
}
