package slcan

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
)

// inDepth is how many frames wait for a reader.
const inDepth = 1024

// bus is a channel of the dongle, from O or L to C.
type bus struct {
	dongle  *Dongle
	in      *can.Inbox
	bitrate int
	mute    bool // opened to listen only
	status  bool // F is answered

	cancel  context.CancelFunc
	watched chan struct{} // closed when the watch has ended
	closed  chan struct{}
	once    sync.Once
	wake    chan struct{} // holds a token when there is more to confirm

	mu     sync.Mutex
	flying []flight // taken by the dongle, not known to be on the wire
	health health
	proven time.Time // when somebody else was last known to be on the bus
	free   time.Time // when the wire has time for another frame, as far as it is known
}

// flight is a frame on its way.
type flight struct {
	bus   *bus
	frame can.Frame
	at    time.Time // when the dongle took it

	doubted bool // only who hears others knows that it was sent
}

func newBus(d *Dongle, c adapter.BusConfig) *bus {
	return &bus{
		dongle: d, in: can.NewInbox(inDepth), bitrate: c.Bitrate, mute: c.ListenOnly,
		watched: make(chan struct{}), closed: make(chan struct{}), wake: make(chan struct{}, 1),
	}
}

func (b *bus) start() {
	ctx, cancel := context.WithCancel(context.Background())
	b.cancel = cancel
	go b.watch(ctx)
}

// Echoes is true where the dongle acknowledges frames and has a status. Then a
// frame is confirmed when the dongle has taken it and others were heard just
// before or are heard then, or else when its status shows no error.
func (b *bus) Echoes() bool { return b.status }

// Send returns when the dongle has taken the frame. If ctx ends because the
// dongle did not, the error is ErrBufferFull too.
func (b *bus) Send(ctx context.Context, f can.Frame) error {
	if err := b.over(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := b.fit(&f); err != nil {
		return err
	}
	line := append(command(&f), cr)
	if !b.dongle.device.acks {
		return b.pour(ctx, line, &f)
	}
	return b.insist(ctx, line, &f)
}

// over is why nothing can be sent any more.
func (b *bus) over() error {
	select {
	case <-b.closed:
		return can.ErrClosed
	case <-b.dongle.dialogue.gone:
		return b.dongle.dialogue.lost
	default:
		return nil
	}
}

func (b *bus) fit(f *can.Frame) error {
	fd := b.dongle.device.fd && b.dongle.options.FD != FDNever
	switch {
	case b.mute:
		return errListenOnly
	case f.Is(can.Error), f.Is(can.ESI), f.Is(can.FD) && !fd:
		return fmt.Errorf("slcan: %w: %s: the dongle has no such frames", can.ErrFrame, f.IDString())
	}
	if err := f.Validate(); err != nil {
		return fmt.Errorf("slcan: %w", err)
	}
	return nil
}

// again is how long a full dongle is left alone.
const again = 2 * time.Millisecond

// insist offers a frame until the dongle takes it.
func (b *bus) insist(ctx context.Context, line []byte, f *can.Frame) error {
	taken, err := b.offer(ctx, line, f)
	for err == nil && !taken {
		select {
		case <-time.After(again):
			if err = b.stillOpen(ctx); err == nil {
				taken, err = b.offer(ctx, line, f)
			}
		case <-b.closed:
			return can.ErrClosed
		case <-ctx.Done():
		}
		if !taken && ctx.Err() != nil {
			return fmt.Errorf("%w: %w", ErrBufferFull, ctx.Err())
		}
	}
	return err
}

// offer offers a frame once. Where no answer comes the dongle may have taken
// it; so it counts as taken, and is not confirmed.
func (b *bus) offer(ctx context.Context, line []byte, f *can.Frame) (taken bool, err error) {
	w, err := b.dongle.dialogue.request(ctx, line, kindTaken|kindDone, &flight{bus: b, frame: *f})
	if errors.Is(err, errMissing) {
		return true, b.over()
	}
	return err == nil && w.kind != kindRefused, err
}

// backlog is what a dongle that does not answer is given ahead of the wire.
const backlog = 4 * time.Millisecond

// pour sends a frame to a dongle that does not say when it is full, no faster
// than the wire can carry.
func (b *bus) pour(ctx context.Context, line []byte, f *can.Frame) error {
	rate := 0
	if f.Is(can.BRS) {
		rate = b.dongle.options.DataRate
	}
	if err := b.dongle.dialogue.tell(ctx, line); err != nil {
		return err
	}
	ahead := b.ahead(can.FrameBits(f).Duration(b.bitrate, rate)) - backlog
	if ahead <= 0 {
		return nil
	}
	select {
	case <-time.After(ahead):
	case <-ctx.Done(): // it was sent
	case <-b.closed:
	}
	return nil
}

// ahead adds a frame to what the wire has to carry, and gives how long it will
// take to do so.
func (b *bus) ahead(frame time.Duration) time.Duration {
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.free.Before(now) {
		b.free = now
	}
	b.free = b.free.Add(frame)
	return b.free.Sub(now)
}

// Recv gives what the dongle reports, in its order; after a *LostError, that
// again.
func (b *bus) Recv(ctx context.Context) (can.Rx, error) { return b.in.Recv(ctx) }

// Close leaves the bus; the dongle stays, for another one.
func (b *bus) Close() error {
	b.once.Do(func() {
		close(b.closed)
		b.cancel()
		<-b.watched
		b.in.Close()
		if b.dongle.current.CompareAndSwap(b, nil) {
			_ = b.dongle.leaveBus(context.Background()) // a dongle that is lost has left
		}
	})
	return nil
}
