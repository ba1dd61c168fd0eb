package bringup

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
)

// stick is a dongle in the socket of a car. It keeps what it was told to do.
type stick struct {
	rate    int                 // of the car's bus; 0: there is none
	units   []transport.Address // groups that answer
	traffic []can.Frame         // what is heard at that rate, in Listen
	noise   []int               // rates at which errors are heard
	pausing int                 // how often nobody says anything at the bus's own rate
	asleep  time.Duration       // how long the car takes to wake, from the first question
	tells   bool                // that nobody acknowledged; clones do not
	deaf    bool
	fixed   int           // stays at this rate; 0: at none
	slow    time.Duration // what each command takes
	narrow  bool          // has no 29 bits
	broken  error         // in place of an answer
	supply  int           // mV; 0: cannot measure
	hangs   bool          // no command ever ends

	listened, joined []int
	asked            []string
	first            time.Time // question
	closed           int
}

func (s *stick) Info() adapter.Info { return adapter.Info{Kind: adapter.KindMessage} }
func (s *stick) Close() error       { return nil }

func (s *stick) pause(ctx context.Context, d time.Duration) error {
	if s.hangs {
		d = time.Hour
	}
	return rest(ctx, d)
}

func (s *stick) stays(rate int) error {
	if s.fixed != 0 && s.fixed != rate {
		return &adapter.FixedBitrateError{Bitrate: s.fixed, Wanted: rate}
	}
	return nil
}

func (s *stick) Listen(ctx context.Context, rate int, d time.Duration, hear func(can.Rx)) error {
	if s.deaf {
		return &adapter.CannotListenError{Reason: "it acknowledges"}
	}
	if err := s.stays(rate); err != nil {
		return err
	}
	s.listened = append(s.listened, rate)
	if err := s.pause(ctx, s.slow+d); err != nil {
		return err
	}
	if slices.Contains(s.noise, rate) {
		hear(can.Rx{Frame: can.Frame{Flags: can.Error}})
	}
	if rate != s.rate {
		return nil
	}
	if s.pausing--; s.pausing >= 0 {
		return nil
	}
	for _, f := range s.traffic {
		hear(can.Rx{Frame: f})
	}
	return nil
}

func (s *stick) Join(ctx context.Context, rate int) (adapter.CarriedLink, error) {
	if err := s.stays(rate); err != nil {
		return nil, err
	}
	s.joined = append(s.joined, rate)
	link := &stickLink{s, rate}
	if s.supply == 0 {
		return link, s.pause(ctx, s.slow)
	}
	return measuring{link}, s.pause(ctx, s.slow)
}

type stickLink struct {
	*stick
	at int
}

func (l *stickLink) Stats() isotp.Stats           { return isotp.Stats{} }
func (l *stickLink) Incidents() adapter.Incidents { return adapter.Incidents{Resets: 2} }

func (l *stickLink) Close() error {
	l.closed++
	return nil
}

func (l *stickLink) Dial(_ context.Context, a transport.Address, _ transport.Params) (transport.Conn, error) {
	if l.narrow && a.Extended {
		return nil, &transport.OpError{Op: "dial", Address: a, Sent: transport.SentNo, Err: transport.ErrForm}
	}
	return &stickConn{l, a}, nil
}

type measuring struct{ *stickLink }

func (m measuring) Supply(context.Context) (int, error) { return m.supply, nil }

type stickConn struct {
	link *stickLink
	to   transport.Address
}

func (c *stickConn) Close() error { return nil }

func (c *stickConn) Send(ctx context.Context, msg []byte, _ transport.Want) error {
	l := c.link
	l.asked = append(l.asked, c.to.String())
	if l.first.IsZero() {
		l.first = time.Now()
	}
	if err := l.pause(ctx, l.slow+time.Millisecond); err != nil {
		return err
	}
	if l.tells && !c.awake() {
		return &transport.OpError{Op: "send", Address: c.to, Err: transport.ErrNoAck}
	}
	if string(msg) != "\x01\x00" {
		return errors.New("that is not what anybody asks first")
	}
	return nil
}

// awake: somebody acknowledges.
func (c *stickConn) awake() bool {
	return c.link.rate == c.link.at && time.Since(c.link.first) >= c.link.asleep
}

func (c *stickConn) Recv(ctx context.Context, begin time.Duration) (transport.Message, error) {
	l := c.link
	if !c.awake() || !slices.Contains(l.units, c.to) {
		if err := l.pause(ctx, begin); err != nil {
			return transport.Message{}, err
		}
		return transport.Message{}, &transport.TimeoutError{Timer: "P2", Address: c.to, After: begin}
	}
	err := l.pause(ctx, l.slow+20*time.Millisecond)
	return transport.Message{Data: []byte{0x41, 0x00, 0, 0, 0, 0}}, errors.Join(err, l.broken)
}
