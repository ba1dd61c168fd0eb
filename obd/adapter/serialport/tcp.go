package serialport

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
	"time"
)

// A dongle behind Wi-Fi that is switched off says nothing: so many seconds
// without a sign of its system and the connection is over.
const (
	probeAfter   = 5 * time.Second // nothing came for so long: ask whether it is there
	probeEvery   = 2 * time.Second
	probeCount   = 3
	unackedLimit = 6 * time.Second // nothing of what we sent was acknowledged for so long
)

// DialTCP connects to a dongle behind Wi-Fi, HOST:PORT. It says *OpenError
// where that does not succeed within eight seconds.
func DialTCP(ctx context.Context, hostport string) (Port, error) {
	dialer := net.Dialer{
		Timeout: openLimit,
		Control: limitUnacked,
		KeepAliveConfig: net.KeepAliveConfig{
			Enable: true, Idle: probeAfter, Interval: probeEvery, Count: probeCount,
		},
	}
	conn, err := dialer.DialContext(ctx, "tcp", hostport)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &OpenError{Port: hostport, Reason: dialReason(err), Err: err}
	}
	return newStream(hostport, connection{conn}, 0), nil
}

func dialReason(err error) Reason {
	var dns *net.DNSError
	var address *net.AddrError
	var timeout net.Error
	switch {
	case errors.As(err, &address):
		return BadAddress
	case errors.As(err, &dns):
		return NoSuchHost
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refused
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTDOWN):
		return NoRoute
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return NoAnswer
	default:
		return Failed
	}
}

// connection is a TCP connection as a device. It sends small segments at once,
// which is what package net does unless told otherwise.
type connection struct{ net.Conn }

func (c connection) setBaud(int) error { return ErrNoBaud }
func (c connection) arm()              { _ = c.SetWriteDeadline(time.Time{}) }
func (c connection) abort()            { _ = c.SetWriteDeadline(time.Unix(1, 0)) }
