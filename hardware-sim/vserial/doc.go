// Package vserial is the device's side of a serial line: the wire between a
// simulated dongle and whoever uses it, as a pair of channels, a
// pseudo-terminal or a TCP connection.
//
// A line keeps an absolute time on the clock of package time, so it is virtual
// inside a testing/synctest bubble and wall time outside. A byte takes ten bit
// times of its sender and starts when the line is free and the byte is queued,
// whichever is later; a reader that comes late finds all that has arrived
// since. So a timer of the wall clock that ticks only every millisecond does
// not slow the line.
//
// Receivers sample the line as a UART does: eight bits in the middle of their
// own bit times, counted from a falling edge. Ends whose speeds differ by a
// few per cent understand each other, others receive what the samples give:
// other bytes, and more or fewer of them.
//
// One goroutine at a time may read from an end and one may write to it; all
// other methods are safe for use by several goroutines.
package vserial

import "context"

// Conn is the device's end of a line.
type Conn interface {
	// Read waits until there is a byte at least. When the other side has left
	// for good it says io.EOF, after Close an error matching net.ErrClosed.
	Read(ctx context.Context, p []byte) (int, error)

	// Write returns when the last byte has found room in what waits to be
	// sent, see Options.Queue. A terminal that nobody has open takes bytes as
	// any other; where the other side has left for good it is io.EOF.
	Write(ctx context.Context, p []byte) error

	// SetBaud changes the speed of this end, in bit/s, as soon as what was
	// written has gone out; it does not wait for that.
	SetBaud(baud int)

	// Baud is the speed of this end in bit/s, 0 if the line has none.
	Baud() int

	// Close takes the device away from the line.
	Close() error
}

// Queuer is what every Conn of this package is too.
type Queuer interface {
	// Queued is how many bytes that were written have not gone out yet.
	Queued() int
}

// Options describe a line.
type Options struct {
	// Baud is the speed in bit/s at which both ends begin. 0: bytes arrive at
	// once and whole, and no end has a speed.
	Baud int

	// Queue is how many bytes may wait in the device to be sent before its
	// Write waits too. 0: 512, as chips have.
	Queue int

	// NoBaud is not nil where the host has no say in the speed, as behind a
	// Wi-Fi bridge: its end stays at Baud, tells 0, and SetBaud gives this.
	NoBaud error

	// Lost turns what the host meets after the device has gone, io.EOF, into
	// the error that its Read and Write give. nil: io.EOF.
	Lost func(error) error
}

const (
	deviceQueue = 512   // bytes that a chip keeps for sending
	hostQueue   = 4096  // bytes that a system keeps for sending
	inboxRoom   = 65536 // bytes that a reader may leave unread; later ones are lost
)
