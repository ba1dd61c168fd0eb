package tunnel

import (
	"context"
	"errors"
	"net"
	"sync"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/remote"
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
	place := remote.Place{
		Serve:      s.serve,
		Busy:       (&line{verb: busy}).bytes(),
		TurnedAway: func() { s.tell(Event{Kind: TurnedAway}) },
	}
	return place.Offer(ctx, l)
}

func (s *Server) tell(e Event) {
	if s.Watch == nil {
		return
	}
	s.telling.Lock()
	defer s.telling.Unlock()
	s.Watch(e)
}

func (s *Server) serve(ctx context.Context, conn net.Conn) {
	s.tell(Event{Kind: Joined})
	c := &client{server: s, in: newInlet(conn), out: newOutlet(conn)}
	bad, _ := errors.AsType[*ProtocolError](c.run(ctx))
	c.end(bad)
	s.tell(Event{Kind: Left, Err: bad})
}
