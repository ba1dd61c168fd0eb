package socketcan

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/untether-obd/untether/obd/can"
)

// bus is a raw socket on an interface.
type bus struct {
	name   string
	index  int // of the interface
	file   *os.File
	conn   syscall.RawConn // of file
	fd     bool            // carries CAN FD frames
	listen bool            // sends nothing
	in     *receiver
	out    *sender

	off     atomic.Bool // bus-off was reported, and no restart since
	removed atomic.Bool
	beside  atomic.Pointer[func(*can.Rx) bool] // what the kernel sends for us by another socket; nil: nothing
	once    sync.Once
	closed  chan struct{}
}

var (
	_ can.Echoer    = (*bus)(nil)
	_ can.TrySender = (*bus)(nil)
)

func newBus(f *os.File, i iface, listen bool) (*bus, error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &bus{
		name: f.Name(), index: i.index, file: f, conn: conn, fd: i.fd, listen: listen,
		in: newReceiver(f), out: newSender(f), closed: make(chan struct{}),
	}, nil
}

// Echoes is true. On a virtual interface an echo only says that the frame was
// handed to those who are there, be it nobody.
func (b *bus) Echoes() bool { return true }

// Recv gives what the kernel has queued, with its time. Besides the errors of
// can.Bus it gives, once each time, can.ErrDown when the interface goes down,
// and ErrRemoved for good when it is gone.
func (b *bus) Recv(ctx context.Context) (can.Rx, error) {
	if err := b.take(ctx, b.in.turn); err != nil {
		return can.Rx{}, err
	}
	defer func() { <-b.in.turn }()
	for {
		rx, err := b.in.pop()
		if !errors.Is(err, errEmpty) {
			b.notice(&rx)
			rx.Own = rx.Own || err == nil && b.isBeside(&rx)
			return rx, err
		}
		if err := b.fill(ctx); err != nil {
			return can.Rx{}, err
		}
	}
}

func (b *bus) isBeside(rx *can.Rx) bool {
	ours := b.beside.Load()
	if ours == nil {
		return false
	}
	own := *rx // a copy: else every frame that is received would be allocated
	return (*ours)(&own)
}

// fill waits until the receiver has something.
func (b *bus) fill(ctx context.Context) error {
	if b.removed.Load() {
		return b.because(ErrRemoved)
	}
	err := b.in.watch.on(ctx)
	if err == nil {
		err = b.conn.Read(b.in.fill)
	}
	if over := b.usable(ctx); over != nil {
		return over
	}
	if err == nil {
		err = b.in.err
	}
	return b.why(err)
}

// notice keeps what Send cannot learn otherwise.
func (b *bus) notice(rx *can.Rx) {
	switch {
	case !rx.Frame.Is(can.Error):
	case rx.Frame.ID&can.ErrRestarted != 0:
		b.off.Store(false)
	case rx.Frame.ID&can.ErrBusOff != 0:
		b.off.Store(true)
	}
}

// take waits for a turn at reading or at writing.
func (b *bus) take(ctx context.Context, turn chan struct{}) error {
	if err := b.usable(ctx); err != nil {
		return err
	}
	select {
	case turn <- struct{}{}:
		return nil
	default: // somebody else has it
	}
	select {
	case turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-b.closed:
		return can.ErrClosed
	}
}

func (b *bus) usable(ctx context.Context) error {
	select {
	case <-b.closed:
		return can.ErrClosed
	default:
		return ctx.Err()
	}
}

// why gives a name to what the kernel says.
func (b *bus) why(err error) error {
	errno, ok := errors.AsType[unix.Errno](err)
	if !ok {
		return err
	}
	switch errno {
	case unix.ENETDOWN:
		if there(b.index) {
			return b.because(can.ErrDown)
		}
		return b.gone()
	case unix.ENODEV, unix.ENXIO:
		return b.gone()
	case unix.EINVAL, unix.EMSGSIZE:
		return b.because(fmt.Errorf("%w: the interface does not take it", can.ErrFrame))
	}
	return b.because(errno)
}

// there says whether an interface is still there: one that is removed goes
// down first. To list the interfaces waits for the end of a removal.
func there(index int) bool {
	_, err := net.InterfaceByIndex(index)
	return err == nil
}

func (b *bus) gone() error {
	b.removed.Store(true)
	return b.because(ErrRemoved)
}

func (b *bus) because(err error) error { return &InterfaceError{Interface: b.name, Err: err} }

// Close leaves the interface, and waits for those who read or write.
func (b *bus) Close() (err error) {
	b.once.Do(func() {
		close(b.closed)
		err = b.file.Close()
		b.in.turn <- struct{}{}
		_ = b.in.watch.off() // the deadline of a closed file
		<-b.in.turn
	})
	return err
}
