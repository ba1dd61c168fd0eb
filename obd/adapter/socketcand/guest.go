package socketcand

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/remote"
	"github.com/untether-obd/untether/obd/can"
)

const (
	// calm is how long frames are held back after raw mode was confirmed, unless
	// the client says something: python-can reads its ok in one go and does not
	// bear a frame behind it.
	calm = 50 * time.Millisecond

	// sendLimit is how long the bus may take no frame. A socketcand hangs up
	// at once then.
	sendLimit = time.Second
)

// What a guest is told.
const (
	unknown   = "unknown command"
	noBus     = "could not open bus"
	syntax    = "syntax error in send command"
	tooLong   = "command too long"
	notTaken  = "the bus takes no frames"
	busIsGone = "the bus is gone"
)

// guest is a client, as the server sees it. Its methods belong to the
// goroutine that reads, except for receive.
type guest struct {
	server *Server
	in     *inlet
	out    *remote.Outlet
	hangUp func() // lets run end

	bus  can.Bus // nil: none is open
	end  context.CancelFunc
	done sync.WaitGroup
	raw  atomic.Pointer[settling] // nil: frames are not reported
}

// settling is raw mode, in which frames are held back until wait ends.
type settling struct {
	wait context.Context //nolint:containedctx // it is the timer, and nothing else
	over context.CancelFunc
}

// run does what the client asks until it goes or is hung up on.
func (g *guest) run(ctx context.Context) {
	if g.say(ctx, "hi") != nil {
		return
	}
	for {
		words, err := g.in.next()
		if _, bad := errors.AsType[*ProtocolError](err); bad {
			err = g.complain(ctx, tooLong)
		} else if err == nil {
			err = g.obey(ctx, words)
		}
		if err != nil {
			return
		}
	}
}

// leave closes the bus, and says what was said last.
func (g *guest) leave() {
	if g.bus != nil {
		g.end()
		_ = g.bus.Close() // there is nobody to tell
		g.done.Wait()
	}
	g.out.Finish()
}

func (g *guest) say(ctx context.Context, text string) error {
	return g.out.Put(ctx, []byte("< "+text+" >"))
}

func (g *guest) complain(ctx context.Context, text string) error { return g.say(ctx, "error "+text) }

// errOver ends a guest that has been told why.
var errOver = errors.New("socketcand: hung up")

func (g *guest) obey(ctx context.Context, words []string) error {
	if r := g.raw.Load(); r != nil {
		r.over() // it has read the ok
	}
	verb := ""
	if len(words) > 0 {
		verb = words[0]
	}
	switch {
	case verb == "echo":
		return g.say(ctx, verb)
	case verb == "open" && g.bus == nil:
		return g.open(ctx, words[1:])
	case verb == "rawmode" && g.bus != nil:
		return g.rawMode(ctx)
	case verb == "bcmmode" && g.bus != nil:
		g.raw.Store(nil)
		return g.say(ctx, "ok")
	case verb == "send" && g.bus != nil:
		return g.send(ctx, words[1:])
	}
	return g.complain(ctx, unknown)
}

func (g *guest) open(ctx context.Context, words []string) error {
	if len(words) != 1 || !validName(words[0]) {
		return errors.Join(g.complain(ctx, noBus), errOver)
	}
	bus, err := g.server.Open(ctx, adapter.BusConfig{})
	if err != nil {
		return errors.Join(g.complain(ctx, noBus), errOver)
	}
	g.bus = bus
	inner, end := context.WithCancel(ctx)
	g.end = end
	g.done.Go(func() { g.receive(inner) })
	return g.say(ctx, "ok")
}

func (g *guest) rawMode(ctx context.Context) error {
	if err := g.say(ctx, "ok"); err != nil {
		return err
	}
	wait, over := context.WithTimeout(ctx, calm)
	g.raw.Store(&settling{wait, over})
	return nil
}

func (g *guest) send(ctx context.Context, words []string) error {
	f, err := parseSend(words)
	if err != nil {
		return g.complain(ctx, syntax)
	}
	limited, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	if err := g.bus.Send(limited, f); err != nil {
		return errors.Join(g.complain(ctx, notTaken), errOver)
	}
	return nil
}

// receive reports frames while the guest wants them. What the bus dropped, the
// protocol has no word for.
func (g *guest) receive(ctx context.Context) {
	for {
		rx, err := g.bus.Recv(ctx)
		if _, gap := errors.AsType[*can.DroppedError](err); gap {
			continue
		}
		if err != nil {
			if ctx.Err() == nil {
				_ = g.complain(ctx, busIsGone) // a guest that is gone need not know
				g.hangUp()
			}
			return
		}
		r := g.raw.Load()
		if r == nil || !reportable(&rx) {
			continue
		}
		<-r.wait.Done()
		if g.out.Put(ctx, report(&rx)) != nil {
			return
		}
	}
}

// reportable reports whether the protocol has a form for a frame. Own frames
// are not reported, as socketcand does not.
func reportable(rx *can.Rx) bool {
	return !rx.Own && !rx.Frame.Is(can.FD) && !rx.Frame.Is(can.Remote)
}
