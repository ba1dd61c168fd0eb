package socketcand

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/remote"
	"github.com/untether-obd/untether/obd/can"
)

// Server lets clients on a bus, one client after another.
type Server struct {
	// Open joins the segment for a client. No bit rate is asked for: it is the
	// segment's own. The Server closes the bus.
	Open func(ctx context.Context, c adapter.BusConfig) (can.Bus, error)

	Watch func(Event) // may be nil; called by one goroutine at a time

	telling sync.Mutex
}

// Event is the coming and going of a client.
type Event uint8

// What happens to clients.
const (
	Joined Event = iota
	Left
	TurnedAway // another one was on
)

// busyText is what a client is told while another one is on.
const busyText = "another client is on"

// Serve accepts clients until ctx ends, which is no error, or l fails. It
// closes l and returns when no client is left.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	place := remote.Place{
		Serve:      s.serve,
		Busy:       []byte("< error " + busyText + " >"),
		TurnedAway: func() { s.tell(TurnedAway) },
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
	s.tell(Joined)
	g := &guest{
		server: s, in: newInlet(conn), out: remote.NewOutlet(conn),
		hangUp: func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) },
	}
	g.run(ctx)
	g.leave()
	s.tell(Left)
}
