package socketcan

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
)

// kernelLink has the kernel's ISO-TP carry the conversations with single
// units, a socket for each. What the kernel cannot do an isotp.Link does, on
// the bus beside them: requests to groups, whose answers need flow control to
// each responder, and probing. The bus also shows when frames of ours reached
// the wire and when a message began, which the kernel does not tell. Unless a
// recorder has it too, or somebody probes, it is given no other frames than
// those of conversations.
//
//	Conn, one unit ─── messages ──► CAN_ISOTP socket ────┐
//	   ▲ frames seen                                     ├── interface
//	Conn, group ──► isotp.Link ──► can.Bus ◄── filters ──┘
//
// It differs from an isotp.Link in this: messages have the kernel's greatest
// length, N_Bs and N_Cr are always 1 s, any number of wait frames is accepted,
// Params.Timers.Cs is added to STmin, a message that was begun is sent to its
// end even if the context of Send is cancelled, and CAN FD frames of others are
// counted on the identifiers of conversations only.
type kernelLink struct {
	index int // of the interface
	name  string
	inner *isotp.Link
	sieve sieve
	noAck atomic.Bool // the controller's last word was: nobody acknowledged
	probe atomic.Pointer[probing]

	mu    sync.Mutex
	err   error // why the link ended
	units map[endKey]*kernelConn
	tests map[endKey]*kernelConn
	over  map[endKey]time.Time // when the last conversation there ended

	groups []*kernelGroup
}

// endKey is one direction of a conversation.
type endKey struct {
	id       uint32
	extended bool
	ae       int16 // -1: none
}

var (
	_ adapter.Carrier  = (*device)(nil)
	_ transport.Link   = (*kernelLink)(nil)
	_ transport.Prober = (*kernelLink)(nil)
	_ transport.Conn   = (*kernelConn)(nil)
)

// newKernelLink starts a link beside a bus, which is on the interface of that
// name. Closing the link closes the bus.
func newKernelLink(name string, beside can.Bus) (*kernelLink, error) {
	l := &kernelLink{name: name, units: map[endKey]*kernelConn{}, tests: map[endKey]*kernelConn{}, over: map[endKey]time.Time{}}
	i, err := net.InterfaceByName(name)
	if err != nil {
		return nil, l.state(ErrNoInterface)
	}
	l.index = i.Index
	fd, err := newISOTP(unix.CAN_ISOTP) // to know now that there is such a protocol
	if err != nil {
		return nil, l.state(err)
	}
	if err := unix.Close(fd); err != nil {
		return nil, l.state(err)
	}
	l.sieve.bus, _ = beside.(*bus)
	if err := l.sieve.lift(false); err != nil {
		return nil, err
	}
	l.inner = isotp.NewLink(&besideBus{Bus: beside, link: l})
	return l, nil
}

// Carry gives a link over a bus of OpenBus, or over what wraps it. Its error
// is an *InterfaceError.
func (d *device) Carry(bus can.Bus) (adapter.CarriedLink, error) {
	if !d.kernel {
		return isotp.NewLink(bus), nil
	}
	l, err := newKernelLink(d.name, bus)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.bus != nil { // a recorder between the two shall see whose frames they are
		ours := l.isOurs
		d.bus.beside.Store(&ours)
	}
	return l, nil
}

func (l *kernelLink) state(err error) error {
	if errors.Is(err, can.ErrDown) && !there(l.index) {
		err = ErrRemoved
	}
	return &InterfaceError{Interface: l.name, Err: err}
}

// Dial opens a conversation.
func (l *kernelLink) Dial(ctx context.Context, a transport.Address, p transport.Params) (transport.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := l.sieve.admit(&a); err != nil {
		return nil, l.unopened(&a, err)
	}
	if a.Functional() {
		return l.dialGroup(ctx, a, p)
	}
	c := newKernelConn(l, a, p)
	if err := l.join(c); err != nil {
		return nil, l.unopened(&a, err)
	}
	return c, nil
}

// unopened is why there is no conversation: first of all, that the link ended.
func (l *kernelLink) unopened(a *transport.Address, err error) error {
	if ended := l.reason(); ended != nil {
		err = ended
	}
	return &transport.OpError{Op: "dial", Address: *a, Sent: transport.SentNo, Err: err}
}

func (l *kernelLink) join(c *kernelConn) (err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.err != nil:
		return l.err
	case l.units[answersOf(c.addr)] != nil:
		return isotp.ErrInUse
	}
	if c.sock, err = openISOTP(l.index, c.addr, c.par); err != nil {
		if errors.Is(err, transport.ErrForm) {
			return err
		}
		return l.state(err)
	}
	l.units[answersOf(c.addr)], l.tests[requestsOf(c.addr)] = c, c
	go c.read()
	return nil
}

func answersOf(a transport.Address) endKey {
	k := endKey{id: a.RX, extended: a.Extended, ae: -1}
	if a.HasAE {
		k.ae = int16(a.RXAE)
	}
	return k
}

func requestsOf(a transport.Address) endKey { return answersOf(a.Reversed()) }

func (l *kernelLink) leave(c *kernelConn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.units[answersOf(c.addr)] == c {
		delete(l.units, answersOf(c.addr))
		delete(l.tests, requestsOf(c.addr))
		l.over[requestsOf(c.addr)] = time.Now()
	}
}

func (l *kernelLink) forget(g *kernelGroup) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.groups = slices.DeleteFunc(l.groups, func(o *kernelGroup) bool { return o == g })
}

// Stats are those of the bus. What units send in conversations of the kernel
// is not judged.
func (l *kernelLink) Stats() isotp.Stats { return l.inner.Stats() }

// Close ends every conversation and the bus.
func (l *kernelLink) Close() error {
	var errs []error
	for _, c := range l.end(transport.ErrClosed) {
		errs = append(errs, c.Close())
	}
	return errors.Join(append(errs, l.inner.Close())...)
}

// end makes every waiting call return err, and gives the conversations. The
// first reason stays.
func (l *kernelLink) end(err error) (conns []*kernelConn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = err
	}
	for _, c := range l.units {
		c.end()
		conns = append(conns, c)
	}
	return conns
}

func (l *kernelLink) reason() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}
