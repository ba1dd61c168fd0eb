package serialport

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// limitUnacked ends a connection whose peer has gone without a word while
// something of ours is on its way.
func limitUnacked(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(unackedLimit.Milliseconds()))
	})
}
