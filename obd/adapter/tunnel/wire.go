package tunnel

import (
	"bufio"
	"context"
	"errors"
	"net"
	"strings"
	"time"
)

// maxLine bounds what is read for one line.
const maxLine = 8 << 10

// inlet reads lines.
type inlet struct{ in *bufio.Reader }

func newInlet(conn net.Conn) *inlet { return &inlet{bufio.NewReaderSize(conn, maxLine)} }

// next gives the next line, a *ProtocolError, or what reading gave.
func (i *inlet) next() (line, error) {
	b, err := i.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return line{}, &ProtocolError{Got: head(string(b)), Reason: "a line without end"}
	}
	if err != nil {
		return line{}, err
	}
	return parseLine(strings.TrimRight(string(b), "\r\n"))
}

// outlet writes lines, in one goroutine. Lines that wait go out together.
type outlet struct {
	conn  net.Conn
	lines chan line
	stop  chan struct{} // closed by finish
	gone  chan struct{} // closed when nothing goes out any more
}

// Lines that may wait in an outlet, and how long the last ones may take.
const (
	outDepth  = 256
	lastWords = time.Second
)

func newOutlet(conn net.Conn) *outlet {
	o := &outlet{
		conn: conn, lines: make(chan line, outDepth),
		stop: make(chan struct{}), gone: make(chan struct{}),
	}
	go o.run()
	return o
}

// put hands over a line; it waits while the other end is slow.
func (o *outlet) put(ctx context.Context, l line) error {
	select {
	case o.lines <- l:
		return nil
	case <-o.gone:
		return net.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
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
	w := bufio.NewWriterSize(o.conn, maxLine)
	for {
		if o.drain(w) != nil {
			_ = o.conn.Close() // ends the reader, who tells why
			return
		}
		select {
		case l := <-o.lines:
			_, _ = w.Write(l.appendTo(w.AvailableBuffer())) // drain sees its error
		case <-o.stop:
			if len(o.lines) == 0 {
				return
			}
		}
	}
}

// drain writes what waits, and flushes once.
func (o *outlet) drain(w *bufio.Writer) error {
	for {
		select {
		case l := <-o.lines:
			if _, err := w.Write(l.appendTo(w.AvailableBuffer())); err != nil {
				return err
			}
		default:
			return w.Flush()
		}
	}
}
