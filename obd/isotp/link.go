package isotp

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// Link is ISO-TP over a can.Bus: many conversations at once, each with its own
// Machine. It has two goroutines, a reader and a writer; Close waits for both.
//
//	Conn ──frames──► queue ──writer──► Bus ──reader──► Conn by identifier
//	     ◄──────────── confirmation: the bus's echo, else the end of Send
type Link struct {
	bus    can.Bus
	echoes bool
	direct can.TrySender // nil: every frame goes through the writer
	cancel context.CancelFunc
	done   sync.WaitGroup
	wake   chan struct{} // the writer has work

	probing atomic.Pointer[probing] // nil: nobody probes

	mu      sync.Mutex
	err     error // why the link ended
	conns   map[key]*Conn
	groups  []*Conn
	queue   []*outgoing
	writing bool         // the writer has taken a frame off the queue
	flying  []*outgoing  // on the bus, echo not yet seen
	noAck   bool         // the last report of the controller was: nobody acknowledged
	asked   map[key]bool // identifiers of requests to units that answered
	answers map[key]bool // and of what they answer
	stats   Stats
}

// Stats counts what a Link ignored, and what else tells of the bus's health.
type Stats struct {
	Ignored uint64 // frames for us that break ISO 15765-2
	Dropped uint64 // frames lost because we read too slowly
	Untaken uint64 // whole messages that nobody asked for and that piled up
	Errors  uint64 // frames that were destroyed on the bus
	Passive uint64 // how often the controller became error-passive
	Unheard uint64 // frames of ours that nobody acknowledged at first
	Testers uint64 // frames of others to units that answer us
	FD      uint64 // CAN FD frames of others
}

type key struct {
	id       uint32
	extended bool
	ae       int16 // -1: none
}

var (
	_ transport.Link = (*Link)(nil)
	_ transport.Conn = (*Conn)(nil)
)

// NewLink starts a link. Closing it closes the bus.
func NewLink(bus can.Bus) *Link {
	ctx, cancel := context.WithCancel(context.Background())
	l := &Link{
		bus: bus, echoes: can.Echoes(bus), cancel: cancel,
		wake:  make(chan struct{}, 1),
		conns: map[key]*Conn{}, asked: map[key]bool{}, answers: map[key]bool{},
	}
	if l.echoes {
		l.direct, _ = bus.(can.TrySender)
	}
	l.done.Go(l.read)
	l.done.Go(func() { l.write(ctx) })
	return l
}

// ErrInUse refuses a second conversation with an address that already has one:
// two would take each other's answers.
var ErrInUse = errors.New("the address already has a conversation on this link")

// Dial opens a conversation. Functional addresses get one Machine for each
// responder, so that flow control reaches the right one.
func (l *Link) Dial(ctx context.Context, a transport.Address, p transport.Params) (transport.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c := newConn(l, a, p)
	if err := l.join(c); err != nil {
		return nil, &transport.OpError{Op: "dial", Address: a, Sent: transport.SentNo, Err: err}
	}
	return c, nil
}

func (l *Link) join(c *Conn) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.err
	}
	if c.addr.Functional() {
		l.groups = append(l.groups, c)
		return nil
	}
	k := keyOf(c.addr)
	if l.conns[k] != nil {
		return ErrInUse
	}
	l.conns[k] = c
	return nil
}

func keyOf(a transport.Address) key {
	k := key{id: a.RX, extended: a.Extended, ae: -1}
	if a.HasAE {
		k.ae = int16(a.RXAE)
	}
	return k
}

func (l *Link) leave(c *Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k := keyOf(c.addr); l.conns[k] == c {
		delete(l.conns, k)
	}
	l.groups = slices.DeleteFunc(l.groups, func(g *Conn) bool { return g == c })
	l.queue = slices.DeleteFunc(l.queue, func(o *outgoing) bool { return o.from.conn == c })
}

// Stats gives the counts so far.
func (l *Link) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stats
}

// Close ends every conversation and the bus.
func (l *Link) Close() error {
	l.end(transport.ErrClosed)
	err := l.bus.Close()
	l.done.Wait()
	return err
}

// end makes every waiting call return err. The first reason stays.
func (l *Link) end(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return
	}
	l.err = err
	l.cancel()
	for _, c := range l.conns {
		c.end()
	}
	for _, c := range l.groups {
		c.end()
	}
}

func (l *Link) reason() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

func (l *Link) count(f func(*Stats)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(&l.stats)
}
