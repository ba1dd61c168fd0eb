package socketcand

import (
	"bufio"
	"context"
	"net"
	"time"
)

// outlet writes messages, in one goroutine. Those that wait go out together.
type outlet struct {
	conn     net.Conn
	messages chan []byte
	stop     chan struct{} // closed by finish
	gone     chan struct{} // closed when nothing goes out any more
}

// Messages that may wait in an outlet, and how long the last ones may take.
const (
	outDepth  = 256
	lastWords = time.Second
)

func newOutlet(conn net.Conn) *outlet {
	o := &outlet{
		conn: conn, messages: make(chan []byte, outDepth),
		stop: make(chan struct{}), gone: make(chan struct{}),
	}
	go o.run()
	return o
}

// put hands over a message; it waits while the other end is slow.
func (o *outlet) put(ctx context.Context, message []byte) error {
	select {
	case o.messages <- message:
		return nil
	case <-o.gone:
		return net.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// offer hands over a message if there is room for it.
func (o *outlet) offer(message []byte) {
	select {
	case o.messages <- message:
	default:
	}
}

// finish sends what waits and ends the outlet. Nobody may put meanwhile.
func (o *outlet) finish() {
	_ = o.conn.SetWriteDeadline(time.Now().Add(lastWords)) // a connection that is gone fails the write too
	close(o.stop)
	<-o.gone
}

func (o *outlet) run() {
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
func (o *outlet) drain(w *bufio.Writer) error {
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
