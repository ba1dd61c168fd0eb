package socketcan

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/untether-obd/untether/obd/can"
)

// The kernel tells nobody when the queue of an interface has room again
// (ENOBUFS), so we ask again after a while: that of a frame at first.
const (
	firstPause = 250 * time.Microsecond
	lastPause  = 4 * time.Millisecond
)

// sender writes one frame at a time.
type sender struct {
	turn  chan struct{} // holds a token while somebody writes
	write func(fd uintptr) bool
	watch watch

	frame [sizeFD]byte
	size  int
	wait  bool // for room in the socket's buffer
	err   error
}

func newSender(f *os.File) *sender {
	s := &sender{turn: make(chan struct{}, 1), watch: watch{deadline: f.SetWriteDeadline}}
	s.write = s.attempt
	return s
}

func (s *sender) load(f *can.Frame) { s.size = encode(&s.frame, f) }

// attempt writes the frame; false: the socket's buffer has no room, and we wait.
func (s *sender) attempt(fd uintptr) bool {
	for {
		_, s.err = unix.Write(int(fd), s.frame[:s.size])
		if s.err != unix.EINTR { //nolint:errorlint // what unix.Write gives is bare
			return !s.wait || s.err != unix.EAGAIN //nolint:errorlint // as above
		}
	}
}

// Send hands the frame to the interface's queue, or waits for room in it.
func (b *bus) Send(ctx context.Context, f can.Frame) error {
	if err := b.take(ctx, b.out.turn); err != nil {
		return err
	}
	defer func() { <-b.out.turn }()
	if err := b.fits(&f); err != nil {
		return err
	}
	b.out.load(&f)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := b.put(false)
		if errors.Is(err, unix.EAGAIN) {
			err = b.putLater(ctx)
		}
		if !errors.Is(err, unix.ENOBUFS) {
			return b.why(err)
		}
		if err := b.rest(ctx, pause); err != nil {
			return err
		}
	}
}

// TrySend is Send, but gives false where it would wait.
func (b *bus) TrySend(f can.Frame) (bool, error) {
	if err := b.usable(context.Background()); err != nil {
		return false, err
	}
	if err := b.fits(&f); err != nil {
		return false, err
	}
	select {
	case b.out.turn <- struct{}{}:
	default:
		return false, nil
	}
	defer func() { <-b.out.turn }()
	b.out.load(&f)
	err := b.put(false)
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.ENOBUFS) {
		return false, nil
	}
	return err == nil, b.why(err)
}

func (b *bus) fits(f *can.Frame) error {
	err := f.Validate()
	switch {
	case b.listen:
		return b.because(ErrListens)
	case f.Is(can.Error):
		err = fmt.Errorf("%w: error frames cannot be sent", can.ErrFrame)
	case f.Is(can.FD) && !b.fd:
		err = fmt.Errorf("%w: CAN FD on a classic interface", can.ErrFrame)
	}
	if err != nil {
		return b.because(err)
	}
	return nil
}

// put writes the frame that is loaded.
func (b *bus) put(wait bool) error {
	b.out.wait = wait
	err := b.conn.Write(b.out.write)
	select {
	case <-b.closed:
		return can.ErrClosed
	default:
	}
	if err != nil {
		return err
	}
	return b.out.err
}

func (b *bus) putLater(ctx context.Context) error {
	err := b.out.watch.on(ctx)
	if err == nil {
		err = b.put(true)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = ctx.Err()
	}
	return errors.Join(err, b.out.watch.off())
}

// rest waits while the interface's queue is full. A controller that is bus-off
// never empties it.
func (b *bus) rest(ctx context.Context, pause time.Duration) error {
	if b.off.Load() {
		return can.ErrBusOffState
	}
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-b.closed:
		return can.ErrClosed
	}
}
