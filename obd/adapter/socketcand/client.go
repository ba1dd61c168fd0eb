package socketcand

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
)

// Times that the other end has.
const (
	openLimit = 8 * time.Second // to take the connection, greet and open the bus
	idle      = 5 * time.Second // to say something, or it is asked
	echoLimit = 3 * time.Second // to say something then
	byeLimit  = time.Second     // to hang up after we have
)

// client is an adapter.Controller. The bus of the connection is in raw mode
// from the beginning; OpenBus decides who gets its frames.
type client struct {
	info adapter.Info
	rate int // bit/s at which the other end is; 0: not known
	conn net.Conn
	in   *inlet
	out  *outlet
	gone chan struct{} // closed when nothing comes any more
	lost error         // why; set before gone is closed
	once sync.Once

	clock  clock        // the reader's alone
	remote *RemoteError // what the server complained of last; the reader's alone

	mu     sync.Mutex
	bus    *bus // the last one opened; nil: none yet
	closed bool
}

var _ adapter.Controller = (*client)(nil)

// Open opens socketcand://HOST:PORT/BUS. Its errors are *adapter.URIError and
// *OpenError.
func Open(ctx context.Context, u adapter.URI) (adapter.Adapter, error) {
	e, err := parseEndpoint(u)
	if err != nil {
		return nil, err
	}
	c, err := reach(ctx, e.dial, e, u.Text)
	if err != nil {
		return nil, &OpenError{URI: u.Text, Err: err}
	}
	return c, nil
}

// reach dials and joins within openLimit.
func reach(ctx context.Context, dial func(context.Context) (net.Conn, error), e endpoint, uri string) (*client, error) {
	limited, cancel := context.WithTimeout(ctx, openLimit)
	defer cancel()
	c, err := dialAndJoin(limited, dial, e, uri)
	switch {
	case err == nil:
		return c, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case limited.Err() != nil:
		return nil, ErrSilent
	}
	return nil, err
}

func dialAndJoin(ctx context.Context, dial func(context.Context) (net.Conn, error), e endpoint, uri string) (*client, error) {
	conn, err := dial(ctx)
	if err != nil {
		return nil, err
	}
	c, err := join(ctx, conn, e, uri)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return c, nil
}

// join greets and gets the bus into raw mode, or gives ctx's error.
func join(ctx context.Context, conn net.Conn, e endpoint, uri string) (*client, error) {
	in := newInlet(conn)
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	err := converse(conn, in, e.bus)
	if !stop() {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	c := &client{
		info: adapter.Info{URI: uri, Kind: adapter.KindCAN, Description: "bus " + e.bus + " of the socketcand at " + e.address()},
		rate: e.bitrate, conn: conn, in: in, out: newOutlet(conn), gone: make(chan struct{}),
	}
	go c.read()
	return c, nil
}

func converse(conn net.Conn, in *inlet, bus string) error {
	if err := expect(in, "hi"); err != nil {
		return err
	}
	for _, ask := range []string{"< open " + bus + " >", "< rawmode >"} {
		if _, err := conn.Write([]byte(ask)); err != nil {
			return err
		}
		if err := expect(in, "ok"); err != nil {
			return err
		}
	}
	return nil
}

// expect waits for a message of one word.
func expect(in *inlet, word string) error {
	words, err := in.next()
	switch {
	case errors.Is(err, io.EOF):
		return errHungUp
	case err != nil:
		return err
	case len(words) == 1 && words[0] == word:
		return nil
	case len(words) > 0 && words[0] == "error":
		return refusal(words[1:])
	}
	return &ProtocolError{Got: head(words), Reason: "no " + word}
}

func refusal(words []string) error {
	text := clean(words)
	if text == busyText {
		return ErrBusy
	}
	return &RemoteError{Text: text}
}

// Info describes where the bus is.
func (c *client) Info() adapter.Info { return c.info }

// Close hangs up, and gives the other end time to do so as well: then it is
// free for another client when Close returns.
func (c *client) Close() error {
	c.once.Do(func() {
		c.mu.Lock()
		c.closed = true
		last := c.bus
		c.mu.Unlock()
		if last != nil {
			_ = last.Close() // its error is always nil
		}
		c.out.finish()
		if half, ok := c.conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
			select {
			case <-c.gone:
			case <-time.After(byeLimit):
			}
		}
		_ = c.conn.Close()
		<-c.gone
	})
	return nil
}

// OpenBus gives the frames of the bus to a new can.Bus, at whatever bit rate
// the other end has. Its errors are a *LostError, can.ErrClosed and, where the
// rate is known, *adapter.FixedBitrateError.
func (c *client) OpenBus(ctx context.Context, cfg adapter.BusConfig) (can.Bus, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if c.rate != 0 && cfg.Bitrate != c.rate {
		return nil, &adapter.FixedBitrateError{Bitrate: c.rate, Wanted: cfg.Bitrate}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.gone:
		return nil, c.lost
	default:
	}
	if c.closed {
		return nil, can.ErrClosed
	}
	if c.bus != nil {
		_ = c.bus.Close() // its error is always nil
	}
	c.bus = newBus(c, cfg.ListenOnly)
	return c.bus, nil
}

// read hands on what comes, until the connection ends.
func (c *client) read() {
	var err error
	for err == nil {
		var words []string
		if words, err = c.next(); err == nil {
			err = c.take(words)
		}
	}
	if _, bad := errors.AsType[*ProtocolError](err); !bad && c.remote != nil {
		err = c.remote // it said why
	}
	_ = c.conn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lost = &LostError{URI: c.info.URI, Err: err}
	close(c.gone)
	if c.bus != nil {
		c.bus.in.end(c.lost)
	}
}

// next waits for a message. It asks an end that is silent whether it is there.
func (c *client) next() ([]string, error) {
	_ = c.conn.SetReadDeadline(time.Now().Add(idle)) // a connection that is gone fails the read too
	words, err := c.in.next()
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return words, err
	}
	c.out.offer([]byte("< echo >"))
	_ = c.conn.SetReadDeadline(time.Now().Add(echoLimit))
	words, err = c.in.next()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = ErrSilent
	}
	return words, err
}

// take handles a message. Those that tell us nothing are passed over; a frame
// that is none is the end, as others like it may have looked like frames.
func (c *client) take(words []string) error {
	if len(words) == 0 {
		return nil
	}
	switch words[0] {
	case "frame":
		rx, err := parseFrame(words[1:])
		if err != nil {
			return err
		}
		c.hand(rx)
	case "error":
		if rx, ok := parseError(words[1:]); ok {
			c.hand(rx)
		} else {
			c.remote = &RemoteError{Text: clean(words[1:])}
		}
	}
	return nil
}

// hand gives a frame to the bus that is open, if any.
func (c *client) hand(rx can.Rx) {
	rx.Time = c.clock.ours(time.Now(), rx.Time)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bus != nil {
		c.bus.in.push(rx)
	}
}
