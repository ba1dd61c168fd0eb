// Package serialport gives byte streams to dongles: serial ports, RFCOMM
// terminals and TCP.
package serialport

import (
	"context"
	"net"
)

// Port is a byte stream to a dongle. One goroutine at a time may read and one
// may write; Close may be called by any and ends both.
type Port interface {
	// Read waits until there is a byte at least. After the device has gone its
	// error is a *LostError, after Close ErrClosed, each again and again.
	Read(ctx context.Context, p []byte) (int, error)

	// Write returns when all of p was handed to the system. If ctx ends
	// meanwhile, how much was is not known.
	Write(ctx context.Context, p []byte) error

	// SetBaud changes the speed of this end, after what was written has gone
	// out. A stream without a speed gives ErrNoBaud.
	SetBaud(ctx context.Context, baud int) error

	// Baud is the speed of this end in bit/s, 0 if the stream has none.
	Baud() int

	Close() error
}

// ErrClosed is what every call on a closed Port matches.
var ErrClosed = net.ErrClosed
