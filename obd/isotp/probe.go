package isotp

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// probing hands frames to the bus past the Conns and tells what the reader
// gets. Where the bus does not echo, a frame is confirmed by the end of its
// Send.
type probing struct {
	link *Link

	mu   sync.Mutex // held while hear runs
	hear func(transport.Heard)
}

var _ transport.Prober = (*Link)(nil)

// Probe begins a probing; see transport.Prober.
func (l *Link) Probe(hear func(transport.Heard)) (transport.Probing, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := &probing{link: l, hear: hear}
	switch {
	case l.err != nil:
		return nil, &transport.OpError{Op: "probe", Sent: transport.SentNo, Err: l.err}
	case !l.probing.CompareAndSwap(nil, p):
		return nil, &transport.OpError{Op: "probe", Sent: transport.SentNo, Err: errProbing}
	}
	return p, nil
}

var errProbing = errors.New("the link is being used for probing already")

// Send queues a probe.
func (p *probing) Send(ctx context.Context, q transport.Probe) error {
	f, err := single(q)
	if err == nil {
		err = p.send(ctx, f)
	}
	if errors.Is(err, can.ErrBusOffState) {
		err = transport.ErrBusOff
	}
	if err != nil {
		return &transport.OpError{Op: "probe", Address: q.Address, Sent: transport.SentNo, Err: err}
	}
	return nil
}

func (p *probing) send(ctx context.Context, f can.Frame) error {
	if p.link.probing.Load() != p {
		return transport.ErrClosed
	}
	if err := p.link.bus.Send(ctx, f); err != nil {
		return err
	}
	if !p.link.echoes {
		p.tell(transport.Heard{Rx: can.Rx{Frame: f, Time: time.Now(), Own: true}})
	}
	return nil
}

// single is a probe as it goes over the wire.
func single(q transport.Probe) (f can.Frame, err error) {
	m := NewMachine(Config{Address: q.Address, Params: transport.Params{Pad: q.Pad}})
	if len(q.Message) > m.singleMax() {
		return f, transport.ErrLength
	}
	now := time.Now()
	if err := m.Send(now, q.Message); err != nil {
		return f, err
	}
	m.NextFrame(now, &f)
	return f, nil
}

// Close ends the probing.
func (p *probing) Close() error {
	p.link.probing.CompareAndSwap(p, nil)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hear = nil
	return nil
}

func (p *probing) tell(h transport.Heard) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.hear != nil {
		p.hear(h)
	}
}

// overhear tells a probing, if there is one, what the reader got.
func (l *Link) overhear(rx *can.Rx, err error) {
	p := l.probing.Load()
	if p == nil {
		return
	}
	h := transport.Heard{Err: err}
	if dropped, ok := errors.AsType[*can.DroppedError](err); ok {
		h = transport.Heard{Dropped: dropped.Count}
	} else if err == nil {
		h.Rx = *rx
	}
	p.tell(h)
}
