package elm327

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/serialport"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
)

// link is a segment that the dongle has joined: many conversations, one at a
// time on the wire. Who has the wire keeps it from the first setting until the
// chip's prompt says that the answer is whole, or nobody listens for it any
// more.
//
//	Send ──► wire free? ──► settings ──► request ──handed to the chip──► Send returns
//	                                        │
//	Recv ◄── messages, by header ◄── lines ─┤ prompt
//	                                        │  nothing due ──────────► wire free
//	                                        └► flow control, listening ──┘
type link struct {
	dongle  *Dongle
	kline   *kline // nil: CAN
	done    sync.WaitGroup
	habits  habits                     // for whoever has the wire
	unheard bool                       // nothing was heard after the last request; for whoever has the wire
	pads    map[transport.Address]bool // units that fill their frames; likewise

	mu        sync.Mutex
	err       error // why the link ended
	at        segment
	conns     []*conn
	running   *exchange // has the wire; nil: none of ours
	stats     isotp.Stats
	incidents adapter.Incidents
}

var (
	_ adapter.CarriedLink = (*link)(nil)
	_ adapter.Witness     = (*link)(nil)
	_ transport.Supply    = (*link)(nil)
	_ transport.Conn      = (*conn)(nil)
)

// Dial opens a conversation. What the dongle cannot carry is refused here,
// before anything is sent.
func (l *link) Dial(ctx context.Context, a transport.Address, p transport.Params) (transport.Conn, error) {
	err := ctx.Err()
	if err == nil {
		err = l.carries(a)
	}
	c := newConn(l, a, p)
	c.at = l.place()
	if err == nil {
		err = l.join(c)
	}
	if err != nil {
		return nil, &transport.OpError{Op: "dial", Address: a, Sent: transport.SentNo, Err: err}
	}
	return c, nil
}

// place is where the link is.
func (l *link) place() segment {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.at
}

// carries refuses an address form that there is no road to.
func (l *link) carries(a transport.Address) error {
	if l.kline != nil {
		return klineForm(a)
	}
	return l.dongle.chip.caps.Carries(a, 0)
}

func (l *link) join(c *conn) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.err
	}
	if !c.addr.Functional() && slices.ContainsFunc(l.conns, c.collides) {
		return isotp.ErrInUse
	}
	l.conns = append(l.conns, c)
	return nil
}

func (l *link) leave(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns = slices.DeleteFunc(l.conns, func(x *conn) bool { return x == c })
}

// start runs an exchange, which has the wire, and lets go of the wire then.
func (l *link) start(x *exchange, run func()) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		l.dongle.letGo()
		return l.err
	}
	l.done.Go(func() {
		defer l.dongle.letGo()
		l.run(x, run)
	})
	return nil
}

// resume runs an exchange as soon as it gets the wire.
func (l *link) resume(ctx context.Context, x *exchange, run func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		x.cancel()
		return
	}
	l.done.Go(func() {
		if err := x.conn.take(ctx, l.dongle.wire); err != nil {
			x.finish(err)
			return
		}
		defer l.dongle.letGo()
		l.run(x, run)
	})
}

func (l *link) run(x *exchange, run func()) {
	l.has(x)
	defer l.has(nil)
	run()
}

func (l *link) has(x *exchange) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running = x
}

// grace is how long the chip may take to end by itself what it does.
const grace = 700 * time.Millisecond

// Close ends every conversation. The dongle stays open.
func (l *link) Close() error {
	l.end(transport.ErrClosed)
	impatient := time.AfterFunc(grace, l.stop)
	l.done.Wait()
	impatient.Stop()
	return nil
}

// end makes every waiting call return err. The first reason stays.
func (l *link) end(err error) {
	l.mu.Lock()
	if l.err == nil {
		l.err = err
	}
	conns := slices.Clone(l.conns)
	l.mu.Unlock()
	for _, c := range conns {
		c.end()
	}
}

// stop interrupts the chip.
func (l *link) stop() {
	l.mu.Lock()
	x := l.running
	l.mu.Unlock()
	x.stop()
}

// reason is why nothing can be sent or received any more; nil: it can.
func (l *link) reason() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// Stats counts what a dongle lets one know of the bus.
func (l *link) Stats() isotp.Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stats
}

// Incidents counts what the dongle suffered.
func (l *link) Incidents() adapter.Incidents {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.incidents
}

func (l *link) count(f func(*isotp.Stats, *adapter.Incidents)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(&l.stats, &l.incidents)
}

// Supply measures the supply voltage at the connector, between two requests.
func (l *link) Supply(ctx context.Context) (int, error) {
	err := l.reason()
	millivolts := 0
	if err == nil {
		millivolts, err = l.dongle.Supply(ctx)
	}
	if err != nil {
		return 0, &transport.OpError{Op: "supply", Sent: transport.SentNo, Err: err}
	}
	return millivolts, nil
}

// lost ends the link if after err the dongle is of no use any more.
func (l *link) lost(err error) {
	if err := l.dongle.gone(err); err != nil {
		l.end(err)
	}
}

// gone reports whether after err the dongle is of no use any more.
func gone(err error) bool {
	var (
		lost   *serialport.LostError
		locked *LockedUpError
		other  *UnexpectedError
	)
	return errors.As(err, &lost) || errors.As(err, &locked) || errors.As(err, &other) || errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF)
}
