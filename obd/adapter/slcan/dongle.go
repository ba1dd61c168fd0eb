package slcan

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/serialport"
	"github.com/untether-obd/untether/obd/can"
)

// Dongle is an adapter.Controller.
type Dongle struct {
	options  Options
	port     serialport.Port
	dialogue *dialogue
	device   *device
	ended    chan struct{} // closed when the reader has ended
	once     sync.Once

	current atomic.Pointer[bus] // whose frames come; nil: nobody's
	closed  atomic.Bool
}

var _ adapter.Controller = (*Dongle)(nil)

// learn finds out who is there.
func (d *Dongle) learn(ctx context.Context) error {
	dev, err := identify(ctx, d.dialogue)
	if err != nil {
		return err
	}
	if d.options.FD == FDAlways && !dev.fd {
		return ErrNoFD
	}
	d.device = dev
	return nil
}

// Info says what the dongle calls itself.
func (d *Dongle) Info() adapter.Info {
	text := "SLCAN dongle"
	if d.device.name != "" {
		text += " " + d.device.name
	}
	return adapter.Info{URI: d.options.URI, Kind: adapter.KindCAN, Description: text}
}

// Close leaves the bus and lets go of the port.
func (d *Dongle) Close() (err error) {
	d.once.Do(func() {
		d.closed.Store(true)
		if b := d.current.Load(); b != nil {
			_ = b.Close() // its error is always nil
		}
		err = d.port.Close()
		<-d.ended
	})
	return err
}

// read hands on what the dongle says until the port ends.
func (d *Dongle) read() {
	defer close(d.ended)
	var (
		text  lines
		times clock
		came  = make([]byte, 4096)
	)
	for {
		n, err := d.port.Read(context.Background(), came)
		now := time.Now()
		text.feed(came[:n], func(w *word) { d.hear(w, now, &times) })
		if err != nil {
			d.lose(err)
			return
		}
	}
}

func (d *Dongle) hear(w *word, now time.Time, times *clock) {
	if w.kind != kindFrame {
		d.dialogue.hear(w)
		return
	}
	rx := can.Rx{Frame: w.frame}
	if w.stamp == noStamp {
		rx.Time = times.arrival(now)
	} else {
		rx.Time = times.ours(now, w.stamp)
	}
	if b := d.current.Load(); b != nil {
		b.take(&rx)
	}
}

// lose ends everything: the port has.
func (d *Dongle) lose(err error) {
	lost := &LostError{URI: d.options.URI, Err: err}
	d.dialogue.lost = lost
	close(d.dialogue.gone)
	if b := d.current.Load(); b != nil {
		b.in.End(lost)
	}
}

// OpenBus joins at a bit rate, one call at a time. Its errors are *BitrateError, a *LostError,
// can.ErrClosed, *RefusedError, *adapter.FixedBitrateError and, where the
// dongle cannot be trusted to only listen, *adapter.CannotListenError.
func (d *Dongle) OpenBus(ctx context.Context, c adapter.BusConfig) (can.Bus, error) {
	if rate := d.options.Bitrate; rate != 0 && rate != c.Bitrate {
		return nil, &adapter.FixedBitrateError{Bitrate: rate, Wanted: c.Bitrate}
	}
	if d.closed.Load() {
		return nil, can.ErrClosed
	}
	if former := d.current.Load(); former != nil {
		_ = former.Close() // its error is always nil
	}
	b := newBus(d, c)
	err := d.join(ctx, b, c)
	if errors.Is(err, errMissing) {
		err = d.join(ctx, b, c) // an answer may get lost, once
	}
	if err != nil {
		_ = d.leaveBus(context.Background()) // it may have joined and not said so
	}
	switch {
	case errors.Is(err, errMissing):
		return nil, &LostError{URI: d.options.URI, Err: ErrGone}
	case err != nil:
		return nil, err
	}
	b.start()
	return b, nil
}
