package tunnel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
)

// Times that the other end has.
const (
	greetLimit = 3 * time.Second // to greet
	byeLimit   = time.Second     // to hang up after our bye
)

// Tunnel is the client's end. It is an adapter.Controller with one bus at a
// time: to open another one closes it.
type Tunnel struct {
	info adapter.Info
	conn net.Conn
	in   *inlet
	out  outlet
	gone chan struct{} // closed when nothing comes any more
	lost error         // why; set before gone is closed
	once sync.Once

	sends atomic.Uint64 // numbers given to sends, on whatever bus

	mu     sync.Mutex
	bus    *bus // the last one opened; nil: none yet
	buses  int
	closed bool
}

var _ adapter.Controller = (*Tunnel)(nil)

// Open opens unix:PATH or tcp:HOST:PORT. Its errors are *adapter.URIError and
// *OpenError.
func Open(ctx context.Context, u adapter.URI) (adapter.Adapter, error) {
	e, err := parseEndpoint(u)
	if err != nil {
		return nil, err
	}
	conn, err := e.dial(ctx)
	if err != nil {
		return nil, &OpenError{URI: u.Text, Err: err}
	}
	t, err := join(ctx, conn, u.Text)
	if err != nil {
		return nil, errors.Join(&OpenError{URI: u.Text, Err: err}, conn.Close())
	}
	return t, nil
}

// join waits for the greeting.
func join(ctx context.Context, conn net.Conn, uri string) (*Tunnel, error) {
	in := newInlet(conn)
	title, err := greeted(ctx, conn, in)
	if err != nil {
		return nil, err
	}
	t := &Tunnel{
		info: adapter.Info{URI: uri, Kind: adapter.KindCAN, Description: title},
		conn: conn, in: in, out: newOutlet(conn), gone: make(chan struct{}),
	}
	go t.read()
	return t, nil
}

func greeted(ctx context.Context, conn net.Conn, in *inlet) (title string, err error) {
	_ = conn.SetReadDeadline(time.Now().Add(greetLimit)) // a connection that is gone fails the read too
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })
	l, err := in.next()
	if !stop() {
		return "", ctx.Err()
	}
	_ = conn.SetReadDeadline(time.Time{})
	var late net.Error
	switch {
	case errors.As(err, &late) && late.Timeout():
		return "", &ProtocolError{Reason: fmt.Sprintf("no greeting within %v", greetLimit)}
	case err != nil:
		return "", err
	case l.verb == busy:
		return "", ErrBusy
	case l.verb != greeting:
		return "", &ProtocolError{Got: string(l.verb), Reason: "no greeting"}
	case l.n != version:
		return "", &ProtocolError{Got: fmt.Sprint(l.n), Reason: fmt.Sprintf("a version other than %d", version)}
	}
	return l.text, nil
}

// Info describes what the server says is there.
func (t *Tunnel) Info() adapter.Info { return t.info }

// Close closes the bus and leaves, so that the server is free for another
// client when Close returns.
func (t *Tunnel) Close() error {
	t.once.Do(func() {
		t.mu.Lock()
		t.closed = true
		last := t.bus
		t.mu.Unlock()
		if last != nil {
			_ = last.Close() // its error is always nil
		}
		t.leave()
	})
	return nil
}

func (t *Tunnel) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), byeLimit)
	defer cancel()
	if t.out.put(ctx, line{verb: bye}) == nil {
		select {
		case <-t.gone:
		case <-ctx.Done(): // it does not answer: then hang up on it
		}
	}
	_ = t.conn.Close()
	t.out.Finish()
	<-t.gone
}

// OpenBus opens a bus at the other end. Its errors are the server's, a
// *LostError, and can.ErrClosed.
func (t *Tunnel) OpenBus(ctx context.Context, c adapter.BusConfig) (can.Bus, error) {
	b, former, err := t.newBus()
	if err != nil {
		return nil, err
	}
	if former != nil {
		_ = former.Close() // its error is always nil
	}
	if err := b.open(ctx, c); err != nil {
		_ = b.Close()
		return nil, err
	}
	return b, nil
}

func (t *Tunnel) newBus() (b, former *bus, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, nil, can.ErrClosed
	}
	former = t.bus
	t.buses++
	t.bus = newBus(t, fmt.Sprintf("can%d", t.buses))
	return t.bus, former, nil
}

// read hands on what comes, until the connection ends.
func (t *Tunnel) read() {
	defer close(t.gone)
	var err error
	for err == nil {
		var l line
		if l, err = t.in.next(); err == nil {
			err = t.take(&l)
		}
	}
	t.lost = &LostError{URI: t.info.URI, Err: err}
	_ = t.conn.Close()
	if b := t.current(); b != nil {
		b.in.End(t.lost)
	}
}

func (t *Tunnel) current() *bus {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.bus
}

// take handles a line. What tells of a bus that is closed already is passed
// over.
func (t *Tunnel) take(l *line) error {
	switch l.verb {
	case wrong:
		return &ProtocolError{Got: l.text, Reason: "the other end did not understand us"}
	case greeting, busy, opening, closing, sending, bye:
		return &ProtocolError{Got: string(l.verb), Reason: "no word for a server, or not now"}
	}
	if b := t.current(); b != nil {
		b.take(l)
	}
	return nil
}
