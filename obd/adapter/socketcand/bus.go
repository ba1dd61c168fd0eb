package socketcand

import (
	"context"
	"fmt"
	"sync"

	"github.com/untether-obd/untether/obd/can"
)

// inDepth is how many frames wait for a reader.
const inDepth = 1024

// bus is a use of the connection's bus.
type bus struct {
	client *client
	in     *can.Inbox
	mute   bool // opened to listen only
	closed chan struct{}
	once   sync.Once
}

func newBus(c *client, mute bool) *bus {
	return &bus{client: c, in: can.NewInbox(inDepth), mute: mute, closed: make(chan struct{})}
}

// Echoes is false: the protocol does not confirm frames.
func (b *bus) Echoes() bool { return false }

// Send returns when the frame is on its way to the other end.
func (b *bus) Send(ctx context.Context, f can.Frame) error {
	select {
	case <-b.closed:
		return can.ErrClosed
	case <-b.client.gone:
		return b.client.lost
	default:
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := b.fit(&f); err != nil {
		return err
	}
	if err := b.client.out.Put(ctx, command(&f)); err == nil || ctx.Err() != nil {
		return err
	}
	select {
	case <-b.closed:
		return can.ErrClosed
	case <-b.client.gone: // the outlet has hung up: the reader knows why soon
		return b.client.lost
	}
}

func (b *bus) fit(f *can.Frame) error {
	switch {
	case b.mute:
		return errListenOnly
	case f.Flags&^can.Extended != 0:
		return fmt.Errorf("socketcand: %w: %s: neither CAN FD, remote nor error frames can be sent", can.ErrFrame, f.IDString())
	}
	if err := f.Validate(); err != nil {
		return fmt.Errorf("socketcand: %w", err)
	}
	return nil
}

// Recv gives what the other end reports, in its order; after a *LostError,
// that again.
func (b *bus) Recv(ctx context.Context) (can.Rx, error) { return b.in.Recv(ctx) }

// Close lets go of the bus; the connection stays, for another one.
func (b *bus) Close() error {
	b.once.Do(func() {
		close(b.closed)
		b.in.Close()
	})
	return nil
}
