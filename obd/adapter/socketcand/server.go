package socketcand

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
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

// patience is how long the next client waits for one that may just be leaving.
const patience = 250 * time.Millisecond

// busyText is what a client is told while another one is on.
const busyText = "another client is on"

// Serve accepts clients until ctx ends, which is no error, or l fails. It
// closes l and returns when no client is left.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer context.AfterFunc(ctx, func() { _ = l.Close() })()
	defer l.Close()
	on := make(chan struct{}) // closed when the client is gone
	close(on)
	defer func() {
		cancel()
		<-on
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
			s.tell(Joined)
			on = make(chan struct{})
			go s.serve(ctx, conn, on)
		}
	}
}

func running(on <-chan struct{}) bool {
	select {
	case <-on:
		return false
	case <-time.After(patience):
		return true
	}
}

func (s *Server) turnAway(conn net.Conn) {
	_ = conn.SetWriteDeadline(time.Now().Add(lastWords))
	_, _ = conn.Write([]byte("< error " + busyText + " >")) // who does not wait for it need not know
	_ = conn.Close()
	s.tell(TurnedAway)
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
	g := &guest{
		server: s, in: newInlet(conn), out: newOutlet(conn),
		hangUp: func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) },
	}
	g.run(ctx)
	g.leave()
	s.tell(Left)
	close(over)
}
