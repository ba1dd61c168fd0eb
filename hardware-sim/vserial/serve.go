package vserial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// Second is what a client meets who connects while another one is served.
type Second string

// What dongles do: they serve one.
const (
	TurnedAway Second = ""       // the connection is closed at once
	Steals     Second = "steals" // the first one's connection is closed
	Waits      Second = "waits"  // connected and unheard until the first has left
)

// leaving is for how long a client may still be leaving when the next comes.
const leaving = 100 * time.Millisecond

// Serve serves those who connect, one after another, until ctx ends or the
// listener fails. handle has a line to one of them; when it returns the line is
// closed, and when the line is closed it must return.
func Serve(ctx context.Context, l net.Listener, second Second, o Options, handle func(context.Context, Conn)) error {
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	s := &server{second: second, options: o, handle: handle}
	defer s.end()
	for {
		conn, err := l.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				_ = conn.Close()
			}
			return ctx.Err()
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("vserial: serve: %w", err)
		case err != nil:
			pause(ctx, leaving) // no descriptor is free, say: the next may be served
		default:
			s.meet(ctx, conn)
		}
	}
}

// server serves one client at a time. Only one goroutine uses it.
type server struct {
	second  Second
	options Options
	handle  func(context.Context, Conn)

	line Conn          // of the client who is served or was last
	left chan struct{} // closed when that one has left; nil: there was none
}

func (s *server) meet(ctx context.Context, conn net.Conn) {
	if s.second == Steals && s.line != nil {
		_ = s.line.Close()
	}
	if !s.free(ctx) {
		_ = conn.Close()
		return
	}
	line, left := TCP(conn, s.options), make(chan struct{})
	go func() {
		defer close(left)
		defer line.Close()
		s.handle(ctx, line)
	}()
	s.line, s.left = line, left
}

// free waits for whoever is served, as long as this dongle lets others wait.
func (s *server) free(ctx context.Context) bool {
	if s.left == nil {
		return true
	}
	var patience <-chan time.Time
	if s.second == TurnedAway {
		patience = time.After(leaving)
	}
	select {
	case <-s.left:
		return true
	case <-patience:
	case <-ctx.Done():
	}
	return false
}

func (s *server) end() {
	if s.line != nil {
		_ = s.line.Close()
		<-s.left
	}
}
