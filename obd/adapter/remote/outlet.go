package remote

import (
	"bufio"
	"context"
	"net"
	"time"
)

// Outlet writes messages, in one goroutine. Those that wait go out together.
type Outlet struct {
	conn     net.Conn
	messages chan []byte
	stop     chan struct{} // closed by Finish
	gone     chan struct{} // closed when nothing goes out any more
}

// OutDepth is how many messages may wait in an Outlet, LastWords how long the
// last ones may take.
const (
	OutDepth  = 256
	LastWords = time.Second
)

// NewOutlet starts an outlet. Finish ends it.
func NewOutlet(conn net.Conn) *Outlet {
	o := &Outlet{
		conn: conn, messages: make(chan []byte, OutDepth),
		stop: make(chan struct{}), gone: make(chan struct{}),
	}
	go o.run()
	return o
}

// Put hands over a message; it waits while the other end is slow.
func (o *Outlet) Put(ctx context.Context, message []byte) error {
	select {
	case o.messages <- message:
		return nil
	case <-o.gone:
		return net.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Offer hands over a message if there is room for it.
func (o *Outlet) Offer(message []byte) {
	select {
	case o.messages <- message:
	default:
	}
}

// Finish sends what waits and ends the outlet. Nobody may put meanwhile.
func (o *Outlet) Finish() {
	_ = o.conn.SetWriteDeadline(time.Now().Add(LastWords)) // a connection that is gone fails the write too
	close(o.stop)
	<-o.gone
}

func (o *Outlet) run() {
	defer close(o.gone)
	w := bufio.NewWriter(o.conn)
	for {
		if o.drain(w) != nil {
			_ = o.conn.Close() // ends the reader, who tells why
			return
		}
		select {
		case m := <-o.messages:
			_, _ = w.Write(m) // drain sees its error
		case <-o.stop:
			if len(o.messages) == 0 {
				return
			}
		}
	}
}

// drain writes what waits, and flushes once.
func (o *Outlet) drain(w *bufio.Writer) error {
	for {
		select {
		case m := <-o.messages:
			if _, err := w.Write(m); err != nil {
				return err
			}
		default:
			return w.Flush()
		}
	}
}
