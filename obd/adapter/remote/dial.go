package remote

import (
	"errors"
	"net"
	"syscall"
	"time"
)

// Alive finds out within seconds that the computer of a peer is gone without a
// word.
var Alive = net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: time.Second, Count: 3}

// Bare is the system's error without the address, which who calls names.
func Bare(err error) error {
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return errno
	}
	return err
}
