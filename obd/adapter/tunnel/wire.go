package tunnel

import (
	"bufio"
	"context"
	"errors"
	"net"
	"strings"

	"github.com/untether-obd/untether/obd/adapter/remote"
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

// outlet writes lines.
type outlet struct{ *remote.Outlet }

func newOutlet(conn net.Conn) outlet { return outlet{remote.NewOutlet(conn)} }

// put hands over a line; it waits while the other end is slow.
func (o outlet) put(ctx context.Context, l line) error { return o.Put(ctx, l.bytes()) }
