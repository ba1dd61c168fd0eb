package replay

import (
	"context"
	"math"
	"sync"

	"github.com/untether-obd/untether/obd/tape"
	"github.com/untether-obd/untether/obd/transport"
)

// link is a transport.Link on which a recording answers.
type link struct {
	tape   *tape.Tape
	speed  float64
	closed chan struct{}
	once   sync.Once
}

// Dial looks for the address in the recording, which takes a while if it is
// long.
func (l *link) Dial(ctx context.Context, a transport.Address, p transport.Params) (transport.Conn, error) {
	fail := func(err error) error {
		return &transport.OpError{Op: "dial", Address: a, Sent: transport.SentNo, Err: err}
	}
	if isClosed(l.closed) {
		return nil, fail(transport.ErrClosed)
	}
	side, err := l.tape.Open(ctx, a)
	if err != nil {
		return nil, fail(err)
	}
	return &conn{
		link: l, side: side, address: a, longest: longest(a, p),
		closed: make(chan struct{}), asked: make(chan struct{}),
	}, nil
}

// longest is the length of the longest request to a: one to a group must fit
// one frame.
func longest(a transport.Address, p transport.Params) int {
	if !a.Functional() {
		return math.MaxInt
	}
	n := 7
	if a.FD && p.TxDL > 8 {
		n = int(p.TxDL) - 2
	}
	if a.HasAE {
		n--
	}
	return n
}

// Close ends every conversation.
func (l *link) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
