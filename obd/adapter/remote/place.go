// Package remote is what packages have in common that carry a bus over a
// connection: the place for one client, and what goes out to the other end.
package remote

import (
	"context"
	"net"
	"time"
)

// Place is for one client at a time.
type Place struct {
	Serve func(ctx context.Context, conn net.Conn) // the client that has it; conn ends with ctx

	Busy       []byte // what a client is told that comes meanwhile
	TurnedAway func() // it was told so
}

// Patience is how long the next client waits for one that may just be leaving.
const Patience = 250 * time.Millisecond

// Offer accepts clients until ctx ends, which is no error, or l fails. It
// closes l and returns when no client is left.
func (p *Place) Offer(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer context.AfterFunc(ctx, func() { _ = l.Close() })()
	defer l.Close()
	free := make(chan struct{}) // closed when the client is gone
	close(free)
	defer func() {
		cancel()
		<-free
	}()
	for {
		conn, err := l.Accept()
		switch {
		case ctx.Err() != nil && err != nil:
			return nil
		case err != nil:
			return err
		case !soon(free):
			p.turnAway(conn)
		default:
			free = make(chan struct{})
			go p.give(ctx, conn, free)
		}
	}
}

func soon(free <-chan struct{}) bool {
	select {
	case <-free:
		return true
	case <-time.After(Patience):
		return false
	}
}

// give serves one client. The place is free before the client is hung up on,
// so that who comes after it finds it free.
func (p *Place) give(ctx context.Context, conn net.Conn, free chan<- struct{}) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	p.Serve(ctx, conn)
	close(free)
}

func (p *Place) turnAway(conn net.Conn) {
	_ = conn.SetWriteDeadline(time.Now().Add(LastWords))
	_, _ = conn.Write(p.Busy) // who does not wait for it need not know
	_ = conn.Close()
	p.TurnedAway()
}
