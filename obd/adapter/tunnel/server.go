package tunnel

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
)

// Server lets clients on buses, one client after another.
type Server struct {
	Title string // what is there, for the client's description of the adapter

	// Open joins the segment for a client. The Server closes the bus.
	Open func(ctx context.Context, c adapter.BusConfig) (can.Bus, error)

	Watch func(Event) // may be nil; called by one goroutine at a time

	telling sync.Mutex
}

// Event is the coming and going of a client.
type Event struct {
	Kind EventKind
	Err  *ProtocolError // of Left: what was not understood; nil if the client simply went
}

// EventKind says what happened.
type EventKind uint8

// What happens to clients.
const (
	Joined EventKind = iota
	Left
	TurnedAway // another one was on
)

// Serve accepts clients until ctx ends, which is no error, or l fails. It
// closes l and returns when no client is left.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer context.AfterFunc(ctx, func() { _ = l.Close() })()
	defer l.Close()
	var on chan struct{} // closed when the client is gone
	defer func() {
		cancel()
		if on != nil {
			<-on
		}
	}()
	for {
		conn, err := l.Accept()
		switch {
		case ctx.Err() != nil && err != nil:
			return nil
		case err != nil:
			return err
		case running(on):
			s.turnAway(conn)
		default:
			s.tell(Event{Kind: Joined})
			on = make(chan struct{})
			go s.serve(ctx, conn, on)
		}
	}
}

func running(on chan struct{}) bool {
	select {
	case <-on:
		return false
	default:
		return on != nil
	}
}

func (s *Server) turnAway(conn net.Conn) {
	_ = conn.SetWriteDeadline(time.Now().Add(lastWords))
	_, _ = conn.Write((&line{verb: busy}).appendTo(nil)) // who does not wait for it need not know
	_ = conn.Close()
	s.tell(Event{Kind: TurnedAway})
}

func (s *Server) tell(e Event) {
	if s.Watch == nil {
		return
	}
	s.telling.Lock()
	defer s.telling.Unlock()
	s.Watch(e)
}

// serve serves one client. The place is free before the client is hung up on,
// so that who comes after it finds it free.
func (s *Server) serve(ctx context.Context, conn net.Conn, over chan<- struct{}) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	c := &client{server: s, in: newInlet(conn), out: newOutlet(conn)}
	bad, _ := errors.AsType[*ProtocolError](c.run(ctx))
	c.end(bad)
	s.tell(Event{Kind: Left, Err: bad})
	close(over)
}
