package can

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// Mux lets several readers share one Bus. Each Join gives a Tap, which is
// itself a Bus:
//
//	           ┌─ filters ─ queue ─ Tap.Recv
//	Bus.Recv ──┼─ filters ─ queue ─ Tap.Recv
//	           └─ filters ─ queue ─ Tap.Recv
//	Bus.Send ◄── Tap.Send
//
// A reader that falls behind loses frames of its own and is told so
// (DroppedError); it never holds up the bus or another tap.
//
// On a Bus that echoes, a frame sent through a tap comes back to every tap
// whose filters pass it: with Rx.Own to the tap that sent it, as a foreign
// frame to the others. So each tap sees a segment that the others are on.
// Echoes of equal frames belong to their senders in the order of the sends.
// On a Bus without echoes no tap sees what another one sends.
//
// The bus belongs to the Mux: nobody else may read it. All methods of Mux and
// Tap are safe for use by several goroutines.
type Mux struct {
	bus   Bus
	stop  context.CancelFunc
	ended chan struct{} // closed when the reader is gone
	sent  ledger

	mu   sync.Mutex
	taps []*Tap
	err  error // why no more frames come
}

// NewMux starts to read bus. Close ends that.
func NewMux(bus Bus) *Mux {
	ctx, stop := context.WithCancel(context.Background())
	m := &Mux{bus: bus, stop: stop, ended: make(chan struct{})}
	go m.read(ctx)
	return m
}

// Join adds a reader of the frames that any of the filters passes, or of all
// frames if there is none. Its queue holds depth frames, at least one. If the
// bus has failed or the Mux is closed the tap's Recv says so.
func (m *Mux) Join(depth int, filters ...Filter) *Tap {
	t := &Tap{mux: m, filters: slices.Clone(filters), queue: NewInbox(depth)}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		t.end(m.err)
	}
	m.taps = append(m.taps, t)
	return t
}

// Close closes the bus, waits until its reader is gone and closes every tap.
func (m *Mux) Close() error {
	m.end(ErrClosed)
	m.stop()
	err := m.bus.Close()
	<-m.ended
	return err
}

func (m *Mux) read(ctx context.Context) {
	defer close(m.ended)
	for {
		rx, err := m.bus.Recv(ctx)
		if err == nil {
			m.dispatch(&rx)
		} else if !m.survives(err) {
			m.end(err)
			return
		}
	}
}

// survives passes on that the bus has dropped frames; any other error is the
// end of it.
func (m *Mux) survives(err error) bool {
	var lost *DroppedError
	if !errors.As(err, &lost) {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range m.taps {
		t.queue.Lose(lost.Count)
	}
	return true
}

func (m *Mux) dispatch(rx *Rx) {
	var sender *Tap
	if rx.Own {
		sender = m.sent.take(&rx.Frame)
	}
	if rx.Frame.Is(Error) && rx.Frame.ID&(ErrBusOff|ErrRestarted) != 0 {
		m.sent.clear() // the controller has thrown away what was queued
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range m.taps {
		if t.wants(&rx.Frame) {
			theirs := *rx
			theirs.Own = rx.Own && t == sender
			t.queue.Push(&theirs)
		}
	}
}

// end gives err to all taps, those to come included. A Close outranks a
// failure, else the first reason stays.
func (m *Mux) end(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil && !errors.Is(err, ErrClosed) {
		return
	}
	m.err = err
	for _, t := range m.taps {
		t.end(err)
	}
}

func (m *Mux) leave(t *Tap) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.taps = slices.DeleteFunc(m.taps, func(o *Tap) bool { return o == t })
}
