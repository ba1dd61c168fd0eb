package socketcan

import (
	"context"
	"errors"
	"sync"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// besideBus is the bus as the isotp.Link beside the kernel sees it: without
// what units send in the kernel's conversations, so that no group answers them
// with flow control too. What the kernel sends there is marked as our own.
type besideBus struct {
	can.Bus
	link *kernelLink
}

func (b *besideBus) Echoes() bool { return can.Echoes(b.Bus) }

func (b *besideBus) Recv(ctx context.Context) (can.Rx, error) {
	for {
		rx, err := b.Bus.Recv(ctx)
		switch _, dropped := errors.AsType[*can.DroppedError](err); {
		case err != nil && !dropped:
			b.link.end(err)
			return rx, err
		case dropped, !b.link.watch(&rx):
			return rx, err
		}
	}
}

// watch shows a frame to the conversation that it belongs to, and says whether
// it is an answer to us: of no concern to anybody else but a probing.
func (l *kernelLink) watch(rx *can.Rx) (answer bool) {
	if rx.Frame.Is(can.Error) {
		l.report(&rx.Frame)
		return false
	}
	if l.isOurs(rx) {
		rx.Own = true
		l.noAck.Store(false)
		if c := l.find(l.tests, &rx.Frame); c != nil {
			c.sawOurs(rx)
		}
		return false
	}
	c := l.find(l.units, &rx.Frame)
	if c == nil {
		return false
	}
	c.sawTheirs(rx)
	if p := l.probe.Load(); p != nil {
		p.tell(transport.Heard{Rx: *rx})
	}
	return true
}

// isOurs says whether the kernel has sent a frame for us: in a conversation, or
// before its end, if the bus tells of it later.
func (l *kernelLink) isOurs(rx *can.Rx) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range keysOf(&rx.Frame) {
		if end, over := l.over[k]; l.tests[k] != nil || over && !rx.Time.After(end) {
			return true
		}
	}
	return false
}

func (l *kernelLink) find(in map[endKey]*kernelConn, f *can.Frame) *kernelConn {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range keysOf(f) {
		if c := in[k]; c != nil {
			return c
		}
	}
	return nil
}

// keysOf are the two ends that a frame may belong to: one without an address
// byte, and the one of its first byte. A frame without data has the former.
func keysOf(f *can.Frame) [2]endKey {
	k := endKey{id: f.ID, extended: f.Is(can.Extended), ae: -1}
	with := k
	if f.Len > 0 {
		with.ae = int16(f.Data[0])
	}
	return [2]endKey{k, with}
}

// report takes what the controller says.
func (l *kernelLink) report(f *can.Frame) {
	if f.ID&can.ErrAck != 0 {
		l.noAck.Store(true)
	}
	if f.ID&can.ErrBusOff == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.units {
		c.busOff()
	}
}

func (c *kernelConn) busOff() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.report(transport.ErrBusOff)
}

// probing is one of the isotp.Link's that also hears what is kept from that.
type probing struct {
	transport.Probing
	link *kernelLink

	mu   sync.Mutex // held while hear runs
	hear func(transport.Heard)
}

// Probe begins a probing; see transport.Prober.
func (l *kernelLink) Probe(hear func(transport.Heard)) (transport.Probing, error) {
	p := &probing{link: l, hear: hear}
	inner, err := l.inner.Probe(p.tell)
	if err != nil {
		return nil, err
	}
	p.Probing = inner
	l.probe.Store(p)
	if err := l.sieve.lift(true); err != nil {
		return nil, errors.Join(&transport.OpError{Op: "probe", Sent: transport.SentNo, Err: err}, p.Close())
	}
	return p, nil
}

// Close ends the probing.
func (p *probing) Close() error {
	if p.link.probe.CompareAndSwap(p, nil) {
		_ = p.link.sieve.lift(false) // fails with the bus, which then gives nothing at all
	}
	err := p.Probing.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hear = nil
	return err
}

func (p *probing) tell(h transport.Heard) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.hear != nil {
		p.hear(h)
	}
}
