package tunnel

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/remote"
	"github.com/untether-obd/untether/obd/can"
)

// window is how many sends may be unanswered.
const window = 32

// client is who is on, as the server sees it. It belongs to one goroutine.
type client struct {
	server *Server
	in     *inlet
	out    outlet
	bus    *session // nil: none is open
}

// run does what the client asks until it says bye, which is no error, or goes
// without a word.
func (c *client) run(ctx context.Context) error {
	if err := c.out.put(ctx, line{verb: greeting, n: version, text: c.server.Title}); err != nil {
		return err
	}
	for {
		l, err := c.in.next()
		if err != nil {
			return err
		}
		if l.verb == bye {
			return nil
		}
		if err := c.obey(ctx, &l); err != nil {
			return err
		}
	}
}

// end closes the bus and says what was not understood.
func (c *client) end(bad *ProtocolError) {
	c.close()
	if bad != nil {
		ctx, cancel := context.WithTimeout(context.Background(), remote.LastWords)
		defer cancel()
		_ = c.out.put(ctx, line{verb: wrong, text: bad.Error()}) // a client that does not read it is hung up on too
	}
	c.out.Finish()
}

func (c *client) obey(ctx context.Context, l *line) error {
	switch l.verb {
	case opening:
		return c.open(ctx, l)
	case sending:
		return c.send(l)
	case closing:
		if c.bus != nil && c.bus.name == l.bus {
			c.close()
		}
		return nil
	}
	return &ProtocolError{Got: string(l.verb), Reason: "no word for a client"}
}

func (c *client) open(ctx context.Context, l *line) error {
	if l.n > maxBitrate {
		return &ProtocolError{Got: fmt.Sprint(l.n), Reason: "no bit rate"}
	}
	c.close()
	bus, err := c.server.Open(ctx, adapter.BusConfig{Bitrate: int(l.n), ListenOnly: l.flag})
	if err != nil {
		return c.out.put(ctx, line{verb: refused, bus: l.bus, why: whyOf(err), text: err.Error()})
	}
	if err := c.out.put(ctx, line{verb: opened, bus: l.bus, flag: can.Echoes(bus)}); err != nil {
		return errors.Join(err, bus.Close())
	}
	c.bus = newSession(ctx, l.bus, bus, c.out)
	return nil
}

// maxBitrate is far above any CAN controller's.
const maxBitrate = 1_000_000_000

func (c *client) send(l *line) error {
	if c.bus == nil {
		return &ProtocolError{Got: string(l.verb), Reason: "no bus is open"}
	}
	select {
	case c.bus.sends <- *l:
		return nil
	default:
		return &ProtocolError{Got: string(l.verb), Reason: fmt.Sprintf("more than %d sends unanswered", window)}
	}
}

func (c *client) close() {
	if c.bus != nil {
		c.bus.close()
		c.bus = nil
	}
}

// session is one opened bus: a goroutine for each direction.
type session struct {
	name   string
	bus    can.Bus
	out    outlet
	sends  chan line
	cancel context.CancelFunc
	done   sync.WaitGroup
}

func newSession(ctx context.Context, name string, bus can.Bus, out outlet) *session {
	ctx, cancel := context.WithCancel(ctx)
	s := &session{name: name, bus: bus, out: out, sends: make(chan line, window), cancel: cancel}
	s.done.Go(func() { s.receive(ctx) })
	s.done.Go(func() { s.send(ctx) })
	return s
}

func (s *session) close() {
	s.cancel()
	_ = s.bus.Close() // there is nobody to tell
	s.done.Wait()
}

func (s *session) receive(ctx context.Context) {
	for {
		l := line{verb: frame, bus: s.name}
		var err error
		l.rx, err = s.bus.Recv(ctx)
		lost, gap := errors.AsType[*can.DroppedError](err)
		switch {
		case gap:
			l = line{verb: dropped, bus: s.name, n: lost.Count}
		case ctx.Err() != nil:
			return
		case err != nil:
			l = line{verb: ended, bus: s.name, why: whyOf(err), text: err.Error()}
		}
		if s.out.put(ctx, l) != nil || l.verb == ended {
			return
		}
	}
}

func (s *session) send(ctx context.Context) {
	for {
		select {
		case l := <-s.sends:
			err := s.bus.Send(ctx, l.rx.Frame)
			if ctx.Err() != nil {
				return // nobody asks any more
			}
			if s.out.put(ctx, verdict(l.n, err)) != nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

func verdict(n uint64, err error) line {
	if err != nil {
		return line{verb: failed, n: n, why: whyOf(err), text: err.Error()}
	}
	return line{verb: sent, n: n}
}
