package vecu

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
)

// Config describes a unit.
type Config struct {
	Name       string
	Address    transport.Address   // physical, as a tester writes it
	Functional []transport.Address // groups that it belongs to, as a tester writes them
	Params     transport.Params    // its padding, and the BS and STmin that it asks of a tester
	Waits      int                 // wait frames that it sends before it lets a message go on
	MaxLen     int                 // longest request in bytes; 0: no limit of its own
	P2, P2Star time.Duration       // 0: 50 ms, 5 s
	Handler    Handler
	Heard      func(Entry)     // every request; may be nil; must not call the Server
	Violated   func(Violation) // what the tester did wrong; as Heard
}

// The server's times of ISO 14229-2.
const (
	DefaultP2     = 50 * time.Millisecond
	DefaultP2Star = 5 * time.Second
)

// Server drives a unit. It has one goroutine, and a timer while a message or
// an answer is under way.
type Server struct {
	cfg    Config
	bus    can.Bus
	echoes bool
	ended  chan struct{}
	groups []group

	mu     sync.Mutex
	closed bool
	m      *isotp.Machine
	out    can.Frame // handed out last
	timer  *time.Timer
	at     time.Time // when timer fires; zero: stopped
	deaf   time.Time // nothing is heard before
	fresh  bool      // the handler does not know of a restart yet
	heard  time.Time // bus time of the frame being handled
	job    job
	watch  watch
}

// group is a functional address as the unit sees it. Functional requests are
// single frames, so a Machine that is only ever given those will do.
type group struct {
	ae int
	m  *isotp.Machine
}

// Serve starts a unit on a bus, which belongs to it from then on.
func Serve(bus can.Bus, cfg Config) *Server {
	if cfg.P2 == 0 {
		cfg.P2 = DefaultP2
	}
	if cfg.P2Star == 0 {
		cfg.P2Star = DefaultP2Star
	}
	s := &Server{cfg: cfg, bus: bus, echoes: can.Echoes(bus), ended: make(chan struct{})}
	s.m = s.machine()
	for _, a := range cfg.Functional {
		g := group{m: isotp.NewMachine(isotp.Config{Address: a.Reversed()})}
		if a.HasAE {
			g.ae = 1
		}
		s.groups = append(s.groups, g)
	}
	s.watch = watch{unit: cfg.Name, tell: cfg.Violated, ae: ae(cfg.Address)}
	go s.run()
	return s
}

func ae(a transport.Address) int {
	if a.HasAE {
		return 1
	}
	return 0
}

func flow(waits int) func(length, waits int) isotp.FlowStatus {
	if waits == 0 {
		return nil
	}
	return func(_, sent int) isotp.FlowStatus {
		if sent < waits {
			return isotp.Wait
		}
		return isotp.ContinueToSend
	}
}

// Close takes the unit off its bus and waits until it is still.
func (s *Server) Close() error {
	err := s.bus.Close() // ends the reader too
	<-s.ended
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.timer != nil {
		s.timer.Stop()
	}
	return err
}

// Restart is what losing power does: whatever was under way is forgotten. The
// unit is deaf and dumb until a time, as while it boots.
func (s *Server) Restart(until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.restart(until)
}

func (s *Server) restart(until time.Time) {
	s.deaf, s.fresh = until, true
	s.job, s.out = job{}, can.Frame{}
	s.m = s.machine()
}

func (s *Server) machine() *isotp.Machine {
	return isotp.NewMachine(isotp.Config{
		Address: s.cfg.Address.Reversed(), Params: s.cfg.Params, MaxLen: s.cfg.MaxLen, Flow: flow(s.cfg.Waits),
	})
}

func (s *Server) run() {
	defer close(s.ended)
	for {
		rx, err := s.bus.Recv(context.Background())
		if _, dropped := errors.AsType[*can.DroppedError](err); dropped {
			continue
		}
		switch {
		case err != nil:
			return
		case !rx.Frame.Is(can.Error):
			s.take(&rx)
		}
	}
}

// take handles a frame from the bus.
func (s *Server) take(rx *can.Rx) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.heard = rx.Time
	switch {
	case rx.Own:
		if rx.Frame == s.out {
			s.transmitted(now, true)
		}
	case now.Before(s.deaf):
		return
	case s.takeGroup(now, &rx.Frame):
	case s.watch.frame(s, rx):
		_ = s.m.Handle(now, &rx.Frame) // what breaks the protocol is ignored, as the standard asks
	default:
		return
	}
	s.pump(now)
}

// takeGroup handles a functional request and says whether f was one.
func (s *Server) takeGroup(now time.Time, f *can.Frame) bool {
	for _, g := range s.groups {
		if int(f.Len) <= g.ae || f.Data[g.ae]>>4 != 0 || g.m.Handle(now, f) != nil {
			continue
		}
		if ev, ok := g.m.Event(); ok {
			s.request(now, Request{Data: ev.Data, Functional: true, Time: s.heard})
		}
		return true
	}
	return false
}

// pump moves events up and frames out; s.mu is held.
func (s *Server) pump(now time.Time) {
	for {
		for ev, ok := s.m.Event(); ok; ev, ok = s.m.Event() {
			s.event(now, &ev)
		}
		if !s.m.NextFrame(now, &s.out) {
			break
		}
		err := s.bus.Send(context.Background(), s.out)
		if err != nil || !s.echoes {
			s.transmitted(now, err == nil)
		}
	}
	s.schedule(now)
}

func (s *Server) transmitted(now time.Time, ok bool) {
	if ok {
		s.watch.sent(&s.out)
	}
	s.m.Transmitted(now, ok)
}

func (s *Server) event(now time.Time, ev *isotp.Event) {
	switch {
	case ev.Kind == isotp.Received:
		s.request(now, Request{Data: ev.Data, Time: s.heard})
	case ev.Kind == isotp.Sent, ev.Kind == isotp.Failed && ev.Sending:
		s.said(now)
	}
}

// schedule arms the timer. It is left alone when it fires early enough.
func (s *Server) schedule(now time.Time) {
	at := s.m.Deadline()
	if next := s.job.next(); !next.IsZero() && (at.IsZero() || next.Before(at)) {
		at = next
	}
	switch {
	case s.closed, at.IsZero(), !s.at.IsZero() && !at.Before(s.at):
		return
	case s.timer == nil:
		s.timer = time.AfterFunc(at.Sub(now), s.tick)
	default:
		s.timer.Reset(at.Sub(now))
	}
	s.at = at
}

func (s *Server) tick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	now := time.Now()
	s.at = time.Time{}
	s.m.Expire(now)
	s.speak(now)
	s.pump(now)
}
