package velm

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

// wire is the chip's CAN controller while it is on a bus. Its goroutine takes
// every frame off it; what nobody listens to is lost, as in the chip.
type wire struct {
	bus     can.Bus
	bitrate int
	second  bool
	silent  bool // neither sends nor acknowledges
	echoes  bool
	ended   chan struct{}
	ear     atomic.Pointer[ear]
	heard   atomic.Int64 // when the last frame came, Unix nanoseconds
}

// ear is somebody who listens for a while.
type ear struct {
	frames chan can.Rx
	gone   chan struct{}
}

const earDepth = 64 // frames between the controller and the chip's program

// The outcomes of an exchange, as the chip names them.
var (
	errNoData     = errors.New("NO DATA")
	errCAN        = errors.New("CAN ERROR")
	errStopped    = errors.New("STOPPED")
	errBufferFull = errors.New("BUFFER FULL")
	errConnect    = errors.New("UNABLE TO CONNECT")
	errFatal      = errors.New("ERR94")
	errTold       = errors.New("velm: all is said, the prompt too")
)

var words = []error{errNoData, errCAN, errStopped, errBufferFull, errConnect, errFatal}

// join is on the bus of a protocol afterwards.
func (s *session) join(ctx context.Context, p spec, silent bool) error {
	if w := s.wire; w != nil && w.bitrate == p.bitrate && w.second == p.second && w.silent == silent {
		return nil
	}
	s.leave()
	if s.c.fatal {
		return errFatal
	}
	open := s.open
	if p.second {
		open = s.opts.Second
	}
	if open == nil {
		return errCAN // nobody on these pins
	}
	bus, err := open(ctx, p.bitrate, silent)
	if err != nil {
		return err
	}
	s.wire = &wire{bus: bus, bitrate: p.bitrate, second: p.second, silent: silent, echoes: can.Echoes(bus), ended: make(chan struct{})}
	s.wire.heard.Store(time.Now().UnixNano())
	go s.wire.run()
	s.joined = true
	return nil
}

// leave takes the controller off its bus.
func (s *session) leave() {
	if s.wire == nil {
		return
	}
	_ = s.wire.bus.Close() // ends run
	<-s.wire.ended
	s.wire = nil
}

// closeProtocol is ATPC, after which the controller begins anew.
func (s *session) closeProtocol() {
	s.leave()
	s.c.fatal, s.c.kline = false, klineState{}
}

func (w *wire) run() {
	defer close(w.ended)
	for {
		rx, err := w.bus.Recv(context.Background())
		if _, dropped := errors.AsType[*can.DroppedError](err); dropped {
			continue
		}
		if err != nil {
			w.deliver(can.Rx{Frame: can.Frame{ID: can.ErrBusOff, Flags: can.Error}})
			return
		}
		if !rx.Frame.Is(can.Error) {
			w.heard.Store(rx.Time.UnixNano())
		}
		w.deliver(rx)
	}
}

func (w *wire) deliver(rx can.Rx) {
	e := w.ear.Load()
	if e == nil {
		return
	}
	select {
	case e.frames <- rx:
	case <-e.gone:
	}
}

// listen hears frames from now on until hush is called.
func (w *wire) listen() *ear {
	e := &ear{frames: make(chan can.Rx, earDepth), gone: make(chan struct{})}
	w.ear.Store(e)
	return e
}

func (w *wire) hush(e *ear) {
	w.ear.Store(nil)
	close(e.gone)
}

// sending bounds how long a frame may wait for the bus, or for somebody to
// acknowledge it: an assumption.
const sending = 50 * time.Millisecond

// transmit sends a frame and waits until it is on the wire. Frames of others
// that come meanwhile are kept for receive.
func (x *exchange) transmit(ctx context.Context, f can.Frame) error {
	if x.w.silent {
		return errCAN
	}
	limit, cancel := context.WithTimeout(ctx, sending)
	defer cancel()
	if err := x.w.bus.Send(limit, f); err != nil {
		return x.unsent(ctx)
	}
	for x.w.echoes {
		select {
		case rx := <-x.ear.frames:
			switch {
			case rx.Own && rx.Frame == f:
				return x.onWire(f)
			case rx.Frame.Is(can.Error) && rx.Frame.ID&can.ErrBusOff != 0:
				return x.unsent(ctx)
			case !rx.Own && !rx.Frame.Is(can.Error):
				x.kept = append(x.kept, rx)
			}
		case <-limit.Done():
			return x.unsent(ctx)
		}
	}
	return x.onWire(f)
}

func (x *exchange) onWire(f can.Frame) error {
	x.note(func(l *Ledger) { l.Frames = append(l.Frames, f) })
	return nil
}

// unsent gives the frame up, which only leaving the bus can do.
func (x *exchange) unsent(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	x.hush()
	x.leave()
	return errCAN
}
