package tunnel

import (
	"context"
	"fmt"
	"sync"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
)

// inDepth is how many frames wait for a reader.
const inDepth = 1024

// bus is the client's end of an opened bus.
type bus struct {
	tunnel *Tunnel
	name   string
	in     *can.Inbox
	slots  chan struct{} // a token for each send without an answer
	reply  chan line     // to our open
	closed chan struct{}
	once   sync.Once
	echoes bool

	mu    sync.Mutex
	sends map[uint64]chan error // by number
}

func newBus(t *Tunnel, name string) *bus {
	return &bus{
		tunnel: t, name: name, in: can.NewInbox(inDepth),
		slots: make(chan struct{}, window), reply: make(chan line, 1),
		closed: make(chan struct{}), sends: map[uint64]chan error{},
	}
}

func (b *bus) open(ctx context.Context, c adapter.BusConfig) error {
	t := b.tunnel
	ask := line{verb: opening, bus: b.name, n: uint64(max(c.Bitrate, 0)), flag: c.ListenOnly}
	if err := b.put(ctx, ask); err != nil {
		return err
	}
	select {
	case l := <-b.reply:
		b.echoes = l.flag
		if l.verb == refused {
			return errorOf(l.why, l.text)
		}
		return nil
	case <-t.gone:
		return t.lost
	case <-b.closed:
		return can.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// put sends a line, or says why it can't be sent.
func (b *bus) put(ctx context.Context, l line) error {
	err := b.tunnel.out.put(ctx, l)
	if err == nil || ctx.Err() != nil {
		return err
	}
	<-b.tunnel.gone // the outlet has hung up: the reader knows why soon
	return b.tunnel.lost
}

// Echoes is what the controller at the other end says.
func (b *bus) Echoes() bool { return b.echoes }

// Send returns when the controller at the other end has queued the frame, with
// that controller's error if it has not. Whether a frame went out is not known
// if ctx ends meanwhile.
func (b *bus) Send(ctx context.Context, f can.Frame) error {
	if err := b.ready(ctx); err != nil {
		return err
	}
	if f.Is(can.Error) {
		return fmt.Errorf("tunnel: %w: error frames cannot be sent", can.ErrFrame)
	}
	if err := f.Validate(); err != nil {
		return fmt.Errorf("tunnel: %w", err)
	}
	select {
	case b.slots <- struct{}{}:
	case <-b.closed:
		return can.ErrClosed
	case <-b.tunnel.gone:
		return b.tunnel.lost
	case <-ctx.Done():
		return ctx.Err()
	}
	n, answer := b.expect()
	if err := b.put(ctx, line{verb: sending, n: n, rx: can.Rx{Frame: f}}); err != nil {
		b.answer(n, err)
		return err
	}
	return b.await(ctx, answer)
}

func (b *bus) ready(ctx context.Context) error {
	select {
	case <-b.closed:
		return can.ErrClosed
	default:
		return ctx.Err()
	}
}

func (b *bus) await(ctx context.Context, answer <-chan error) error {
	select {
	case err := <-answer:
		return err
	case <-b.closed:
		return can.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	case <-b.tunnel.gone:
	}
	select {
	case err := <-answer: // it came before the end
		return err
	default:
		return b.tunnel.lost
	}
}

// expect makes room for the answer to a send.
func (b *bus) expect() (uint64, <-chan error) {
	n, answer := b.tunnel.sends.Add(1), make(chan error, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sends[n] = answer
	return n, answer
}

// answer tells a Send what became of it, if it was one of ours.
func (b *bus) answer(n uint64, err error) {
	b.mu.Lock()
	answer, ours := b.sends[n]
	delete(b.sends, n)
	b.mu.Unlock()
	if ours {
		answer <- err
		<-b.slots
	}
}

// Recv gives what the controller at the other end gives, in its order and
// with its times; after a *LostError or the other end's last word, that again.
func (b *bus) Recv(ctx context.Context) (can.Rx, error) { return b.in.Recv(ctx) }

// Close closes the bus at the other end, without waiting for that.
func (b *bus) Close() error {
	b.once.Do(func() {
		close(b.closed)
		b.in.Close()
		ctx, cancel := context.WithTimeout(context.Background(), byeLimit)
		defer cancel()
		_ = b.tunnel.out.put(ctx, line{verb: closing, bus: b.name}) // an end that takes nothing learns it by our leaving
	})
	return nil
}

// take handles a line that tells of a bus.
func (b *bus) take(l *line) {
	switch {
	case l.verb == sent:
		b.answer(l.n, nil)
	case l.verb == failed:
		b.answer(l.n, errorOf(l.why, l.text))
	case l.bus != b.name:
	case l.verb == frame:
		b.in.Push(&l.rx)
	case l.verb == dropped:
		b.in.Lose(l.n)
	case l.verb == ended:
		b.in.End(errorOf(l.why, l.text))
	case l.verb == opened, l.verb == refused:
		select {
		case b.reply <- *l:
		default: // told before
		}
	}
}
