package socketcand

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/remote"
	"github.com/untether-obd/untether/obd/can"
)

// Times that the other end has.
const (
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
	out  *remote.Outlet
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
		c.out.Finish()
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
		c.bus.in.End(c.lost)
	}
}

// next waits for a message. It asks an end that is silent whether it is there.
func (c *client) next() ([]string, error) {
	_ = c.conn.SetReadDeadline(time.Now().Add(idle)) // a connection that is gone fails the read too
	words, err := c.in.next()
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return words, err
	}
	c.out.Offer([]byte("< echo >"))
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
		c.bus.in.Push(&rx)
	}
}
