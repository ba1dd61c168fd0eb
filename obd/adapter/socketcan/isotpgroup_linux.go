package socketcan

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/untether-obd/untether/obd/transport"
)

// kernelGroup is a conversation with a group, on the isotp.Link beside the
// kernel. A unit with which the kernel converses at the same time answers
// there; what nobody has asked of it alone is the group's.
type kernelGroup struct {
	transport.Conn
	link *kernelLink
	addr transport.Address
	news chan struct{} // an item came

	mu    sync.Mutex
	items []item
}

func (l *kernelLink) dialGroup(ctx context.Context, a transport.Address, p transport.Params) (transport.Conn, error) {
	inner, err := l.inner.Dial(ctx, a, p)
	if err != nil {
		return nil, err
	}
	g := &kernelGroup{Conn: inner, link: l, addr: a, news: make(chan struct{}, 1)}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.groups = append(l.groups, g)
	return g, nil
}

// groupOf gives the group that the unit at a may answer to.
func (l *kernelLink) groupOf(a *transport.Address) *kernelGroup {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, g := range l.groups {
		if g.reaches(a) {
			return g
		}
	}
	return nil
}

func (g *kernelGroup) reaches(a *transport.Address) bool {
	return g.addr.Extended == a.Extended && g.addr.HasAE == a.HasAE && g.addr.RXAE == a.RXAE && g.addr.Accepts(a.RX)
}

// Send drops what nobody took and asks the group.
func (g *kernelGroup) Send(ctx context.Context, msg []byte, w transport.Want) error {
	g.mu.Lock()
	g.items = nil
	g.mu.Unlock()
	return g.Conn.Send(ctx, msg, w)
}

// Recv waits for what comes first: on the isotp.Link or from the kernel.
func (g *kernelGroup) Recv(ctx context.Context, begin time.Duration) (transport.Message, error) {
	for until := time.Now().Add(begin); ; {
		if it, ok := g.next(); ok {
			return it.msg, it.err
		}
		it, ok := g.wait(ctx, max(time.Until(until), 0))
		if !ok {
			continue // the kernel has brought something
		}
		var late *transport.TimeoutError
		if errors.As(it.err, &late) && late.Timer == "P2" && g.coming() {
			until = time.Now().Add(behind)
			continue
		}
		return it.msg, it.err
	}
}

// wait gives what comes on the isotp.Link; not ok: the kernel was first.
func (g *kernelGroup) wait(ctx context.Context, begin time.Duration) (it item, ok bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	got := make(chan item, 1)
	go func() {
		m, err := g.Conn.Recv(ctx, begin)
		got <- item{m, err}
	}()
	select {
	case it = <-got:
		return it, true
	case <-g.news:
	}
	cancel()
	if it = <-got; !errors.Is(it.err, context.Canceled) {
		g.keep(it)
	}
	return it, false
}

// coming reports whether a unit has begun an answer that the kernel will bring.
func (g *kernelGroup) coming() bool {
	g.link.mu.Lock()
	defer g.link.mu.Unlock()
	for _, c := range g.link.units {
		if g.reaches(&c.addr) && c.brings() {
			return true
		}
	}
	return false
}

func (c *kernelConn) brings() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.began) > 0 && !c.asked && time.Since(c.moved) < kernelWaits
}

func (g *kernelGroup) keep(it item) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.items) == itemsMax {
		g.items = append(g.items[:0], g.items[1:]...)
	}
	g.items = append(g.items, it)
	signal(g.news)
}

func (g *kernelGroup) next() (it item, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.items) == 0 {
		return it, false
	}
	it = g.items[0]
	g.items = append(g.items[:0], g.items[1:]...)
	return it, true
}

// Close ends the conversation.
func (g *kernelGroup) Close() error {
	g.link.forget(g)
	return g.Conn.Close()
}
