package isotp

import (
	"context"
	"errors"
	"slices"
	"sync"

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

	mu      sync.Mutex
	err     error // why the link ended
	conns   map[key]*Conn
	groups  []*Conn
	queue   []*outgoing
	writing bool        // the writer has taken a frame off the queue
	flying  []*outgoing // on the bus, echo not yet seen
	noAck   bool        // the last report of the controller was: nobody acknowledged
	stats   Stats
}

// Stats counts what a Link ignored; it tells of the bus's health.
type Stats struct {
	Ignored uint64 // frames for us that break ISO 15765-2
	Dropped uint64 // frames lost because we read too slowly
}

type key struct {
	id       uint32
	extended bool
	ae       int16 // -1: none
}

// outgoing is a frame on its way; its conn is told what became of it.
type outgoing struct {
	frame can.Frame
	from  *endpoint
	turn  uint64 // the endpoint's count when it was handed out
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
		conns: map[key]*Conn{},
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

// post hands a frame to the bus if that takes it at once, else to the writer.
func (l *Link) post(o *outgoing) {
	if l.pass(o) {
		return
	}
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// pass spares a frame the way through the writer where nothing waits there.
// Only where an echo confirms: post is called with the Conn's lock held, and
// the confirmation needs it.
func (l *Link) pass(o *outgoing) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.direct != nil && len(l.queue) == 0 && !l.writing {
		l.fly(o)
		if ok, err := l.direct.TrySend(o.frame); ok && err == nil {
			return true
		}
		l.flying = l.flying[:len(l.flying)-1]
	}
	l.queue = append(l.queue, o)
	return false
}

func (l *Link) write(ctx context.Context) {
	for {
		o := l.pop()
		if o == nil {
			select {
			case <-l.wake:
				continue
			case <-ctx.Done():
				return
			}
		}
		err := l.bus.Send(ctx, o.frame)
		l.rest()
		if errors.Is(err, can.ErrBusOffState) {
			err = transport.ErrBusOff
		}
		if err != nil {
			l.forget(o)
		}
		if err != nil || !l.echoes {
			o.from.transmitted(o, err)
		}
	}
}

// pop takes the next frame and, where the bus echoes, notes it as flying
// before it is sent: the echo may come before Send returns.
func (l *Link) pop() *outgoing {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) == 0 {
		return nil
	}
	o := l.queue[0]
	l.queue = slices.Delete(l.queue, 0, 1)
	l.writing = true
	if l.echoes {
		l.fly(o)
	}
	return o
}

// fly notes a frame whose echo is to come; l.mu is held.
func (l *Link) fly(o *outgoing) {
	if len(l.flying) == flyingMax {
		l.flying = slices.Delete(l.flying, 0, 1)
	}
	l.flying = append(l.flying, o)
}

// rest says that the writer has no frame in its hands.
func (l *Link) rest() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writing = false
}

// flyingMax bounds the frames whose echo never came.
const flyingMax = 256

// drop forgets the frames of e and says whether one was still with us. The
// echo of a forgotten frame may come yet; at worst it confirms an equal one.
func (l *Link) drop(e *endpoint) (withUs bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	theirs := func(o *outgoing) bool { return o.from == e }
	n := len(l.queue)
	l.queue = slices.DeleteFunc(l.queue, theirs)
	l.flying = slices.DeleteFunc(l.flying, theirs)
	return len(l.queue) < n
}

func (l *Link) forget(o *outgoing) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flying = slices.DeleteFunc(l.flying, func(x *outgoing) bool { return x == o })
}

// read ends when the bus is closed.
func (l *Link) read() {
	for {
		rx, err := l.bus.Recv(context.Background())
		if dropped, ok := errors.AsType[*can.DroppedError](err); ok {
			l.count(func(s *Stats) { s.Dropped += dropped.Count })
			continue
		}
		switch {
		case err != nil:
			l.end(err)
			return
		case rx.Frame.Is(can.Error):
			l.report(&rx.Frame)
		case rx.Own:
			l.confirm(&rx)
		default:
			l.deliver(&rx)
		}
	}
}

func (l *Link) count(f func(*Stats)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(&l.stats)
}

// confirm finds the frame that an echo belongs to.
func (l *Link) confirm(rx *can.Rx) {
	l.mu.Lock()
	l.noAck = false
	i := slices.IndexFunc(l.flying, func(o *outgoing) bool { return o.frame == rx.Frame })
	if i < 0 {
		l.mu.Unlock()
		return // sent by somebody else through the same controller
	}
	o := l.flying[i]
	l.flying = slices.Delete(l.flying, i, i+1)
	l.mu.Unlock()
	o.from.transmitted(o, nil)
}

// report takes what the controller says: no acknowledge is remembered as the
// reason of a coming N_As timeout, bus-off ends whatever is being sent.
func (l *Link) report(f *can.Frame) {
	l.mu.Lock()
	if f.ID&can.ErrAck != 0 {
		l.noAck = true
	}
	var lost []*outgoing
	if f.ID&can.ErrBusOff != 0 {
		lost = append(l.flying, l.queue...)
		l.flying, l.queue = nil, nil
	}
	l.mu.Unlock()
	for _, o := range lost {
		o.from.transmitted(o, transport.ErrBusOff)
	}
}

func (l *Link) unacknowledged() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.noAck
}

// deliver hands a frame to the conversation it belongs to. A unit that we
// also talk to alone gets its own answer; else the group that asked has it.
func (l *Link) deliver(rx *can.Rx) {
	f := &rx.Frame
	l.mu.Lock()
	single := l.find(f)
	var group *Conn
	for _, g := range l.groups {
		if g.accepts(f) {
			group = g
			break
		}
	}
	l.mu.Unlock()
	switch {
	case single != nil && (group == nil || single.expecting()):
		l.judge(single.take(rx))
	case group != nil:
		l.judge(group.take(rx))
	}
}

func (l *Link) find(f *can.Frame) *Conn {
	k := key{id: f.ID, extended: f.Is(can.Extended), ae: -1}
	if c := l.conns[k]; c != nil || f.Len == 0 {
		return c
	}
	k.ae = int16(f.Data[0])
	return l.conns[k]
}

func (l *Link) judge(err error) {
	if err != nil {
		l.count(func(s *Stats) { s.Ignored++ })
	}
}
