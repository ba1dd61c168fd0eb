package inspect_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/telematics"
	"github.com/untether-obd/untether/telematics/inspect"
)

// stick is a dongle in a simulated car's socket: it carries messages, one
// conversation at a time, and has manners.
type stick struct {
	car     *car.Car
	other   *car.Car                               // at the pins 3/11; nil: it cannot go there
	refuses func(a transport.Address) bool         // forms that it cannot carry; nil: it can all
	spoils  func(n int, a transport.Address) error // in place of the answer to the n-th request; nil: nothing
	supply  func() int                             // mV; nil: it cannot measure
	stuck   bool                                   // at the other pins
	deaf    bool
	counted adapter.Incidents

	mu       sync.Mutex
	requests int
	under    *stickConn // way with a request
	crossed  int        // requests that came while another was under way
	switched []string
}

func (s *stick) Info() adapter.Info {
	return adapter.Info{URI: "stick:", Kind: adapter.KindMessage, Description: "a stick"}
}

func (s *stick) Close() error { return nil }

func (s *stick) Listen(ctx context.Context, rate int, d time.Duration, hear func(can.Rx)) error {
	if s.deaf {
		return &adapter.CannotListenError{Reason: "it acknowledges"}
	}
	bus, err := s.car.Connect(rate, true)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	for {
		rx, err := bus.Recv(ctx)
		if err != nil {
			return bus.Close()
		}
		hear(rx)
	}
}

func (s *stick) Join(_ context.Context, rate int) (adapter.CarriedLink, error) {
	bus, err := s.car.Connect(rate, false)
	if err != nil {
		return nil, err
	}
	l := &stickLink{stick: s, Link: isotp.NewLink(bus)}
	var link adapter.CarriedLink = l
	if s.other != nil {
		link = &switching{stickLink: l}
	}
	if s.supply != nil {
		return metering{link}, nil
	}
	return link, nil
}

type stickLink struct {
	*stick
	*isotp.Link
}

func (l *stickLink) Info() adapter.Info           { return l.stick.Info() }
func (l *stickLink) Close() error                 { return l.Link.Close() }
func (l *stickLink) Incidents() adapter.Incidents { return l.counted }
func (l *stickLink) Probe()                       {} // it has no frames to show

func (l *stickLink) Dial(ctx context.Context, a transport.Address, p transport.Params) (transport.Conn, error) {
	if l.refuses != nil && l.refuses(a) {
		return nil, &transport.OpError{Op: "dial", Address: a, Sent: transport.SentNo, Err: transport.ErrForm}
	}
	c, err := l.Link.Dial(ctx, a, p)
	if err != nil {
		return nil, err
	}
	return &stickConn{Conn: c, stick: l.stick, to: a}, nil
}

// metering is a link that measures.
type metering struct{ adapter.CarriedLink }

func (m metering) Supply(context.Context) (int, error) {
	switch l := m.CarriedLink.(type) {
	case *stickLink:
		return l.supply(), nil
	case *switching:
		return l.supply(), nil
	}
	return 0, errors.ErrUnsupported
}

func (m metering) Incidents() adapter.Incidents { return m.CarriedLink.(adapter.Witness).Incidents() }

// switching is a link that goes to other pins.
type switching struct {
	*stickLink
	usual *isotp.Link
}

func (l *switching) Reaches(pins string, bitrate int) bool {
	return pins == "6/14" || pins == "3/11" && bitrate == 125_000
}

func (l *switching) Switch(_ context.Context, pins string, bitrate int) error {
	l.switched = append(l.switched, pins)
	if pins == "6/14" {
		if l.stuck {
			return &transport.OpError{Op: "switch", Err: errors.New("it does not answer")}
		}
		away := l.Link
		l.Link = l.usual
		return away.Close()
	}
	bus, err := l.other.Connect(bitrate, false)
	if err != nil {
		return err
	}
	l.usual, l.Link = l.Link, isotp.NewLink(bus)
	return nil
}

type stickConn struct {
	transport.Conn
	stick *stick
	to    transport.Address
	fate  error // of the request under way
}

func (c *stickConn) Send(ctx context.Context, msg []byte, w transport.Want) error {
	c.begin()
	if errors.Is(c.fate, transport.ErrNoAck) {
		return c.fate
	}
	err := c.Conn.Send(ctx, msg, w)
	if err != nil || w.Answers == 0 {
		c.end()
	}
	return err
}

func (c *stickConn) begin() {
	s := c.stick
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.under != nil && s.under != c {
		s.crossed++
	}
	s.under = c
	s.requests++
	if c.fate = nil; s.spoils != nil {
		if err := s.spoils(s.requests, c.to); err != nil {
			c.fate = &transport.OpError{Op: "receive", Address: c.to, Err: err}
		}
	}
}

func (c *stickConn) end() {
	c.stick.mu.Lock()
	defer c.stick.mu.Unlock()
	if c.stick.under == c {
		c.stick.under = nil
	}
}

// Recv ends the request, unless the answer is 78 or there may be more of them.
// An answer is spoiled when it comes; a reset does not wait for it.
func (c *stickConn) Recv(ctx context.Context, begin time.Duration) (transport.Message, error) {
	if c.fate != nil && !errors.Is(c.fate, transport.ErrOverrun) && !errors.Is(c.fate, transport.ErrGarbled) {
		c.end()
		return transport.Message{}, c.fate
	}
	m, err := c.Conn.Recv(ctx, begin)
	if len(m.Data) == 3 && m.Data[0] == 0x7F && m.Data[2] == 0x78 {
		return m, err
	}
	c.end()
	if c.fate != nil {
		return transport.Message{}, c.fate
	}
	return m, err
}

// through inspects over a stick in virtual time. The car must not have been
// asked two things at once, nor anything that safety forbids.
func through(t *testing.T, s *car.Scenario, o inspect.Options, manners func(*stick)) (*telematics.Inspection, error) {
	t.Helper()
	c, err := car.Start(s, car.Options{Seed: 1})
	require.NoError(t, err)
	st := &stick{car: c}
	manners(st)
	up, err := bringup.Through(t.Context(), st, bringup.Options{})
	require.NoError(t, err)
	got, err := inspect.Car(t.Context(), up, st.Info(), o)
	time.Sleep(time.Second) // what was sent last has arrived
	require.NoError(t, up.Link.Close())
	require.NoError(t, c.Close())
	requireAllowed(t, c.Journal())
	require.Empty(t, c.Violations())
	require.Zero(t, st.crossed, "one thing at a time")
	return got, err
}
