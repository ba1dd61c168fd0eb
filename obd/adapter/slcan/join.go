package slcan

import (
	"context"
	"errors"

	"github.com/untether-obd/untether/obd/adapter"
)

// join gets the dongle onto the bus, whatever it was at before.
func (d *Dongle) join(ctx context.Context, b *bus, c adapter.BusConfig) error {
	rate, err := d.device.rateCommand(c.Bitrate)
	if err != nil {
		return err
	}
	if err := d.leaveBus(ctx); err != nil {
		return err
	}
	err = d.command(ctx, rate)
	if _, refused := errors.AsType[*RefusedError](err); refused {
		return d.device.noRate(c.Bitrate, true)
	}
	if err != nil {
		return err
	}
	if err := d.prepare(ctx); err != nil {
		return err
	}
	d.current.Store(b)
	if err := d.open(ctx, c.ListenOnly); err != nil {
		d.current.Store(nil)
		return err
	}
	if b.status, err = d.hasStatus(ctx); err != nil {
		d.current.Store(nil)
	}
	return err
}

// leaveBus closes the dongle's channel; a refusal says that it was not open.
// Of a dongle that does not answer that, V tells that it has come so far.
func (d *Dongle) leaveBus(ctx context.Context) error {
	if d.device.acks {
		_, err := d.dialogue.ask(ctx, "C", kindDone)
		return err
	}
	if err := d.dialogue.tell(ctx, []byte("C\r")); err != nil {
		return err
	}
	_, err := d.dialogue.ask(ctx, "V", kindVersion|kindText)
	return err
}

// command sends what has to be obeyed. Where no answer comes, it is.
func (d *Dongle) command(ctx context.Context, text string) error {
	if !d.device.acks {
		return d.dialogue.tell(ctx, append([]byte(text), cr))
	}
	w, err := d.dialogue.ask(ctx, text, kindDone)
	if err == nil && w.kind == kindRefused {
		err = &RefusedError{Command: text}
	}
	return err
}

// prepare sets what belongs to a closed channel besides the bit rate.
func (d *Dongle) prepare(ctx context.Context) error {
	if d.device.fd && d.options.FD != FDNever {
		if err := d.command(ctx, dataRates[d.options.DataRate]); err != nil {
			return err
		}
	}
	if d.options.Times && !d.device.canable {
		return d.command(ctx, "Z1")
	}
	return nil
}

// open opens the channel. A dongle is never active where it shall only listen.
func (d *Dongle) open(ctx context.Context, listenOnly bool) error {
	switch {
	case d.device.canable && listenOnly:
		return d.commands(ctx, "M1", "O")
	case d.device.canable:
		return d.commands(ctx, "M0", "O")
	case !listenOnly:
		return d.command(ctx, "O")
	case !d.device.acks:
		return &adapter.CannotListenError{Reason: d.device.name + " does not tell whether it only listens"}
	}
	err := d.command(ctx, "L")
	if _, refused := errors.AsType[*RefusedError](err); refused {
		return &adapter.CannotListenError{Reason: d.device.name + " refuses to listen only"}
	}
	return err
}

func (d *Dongle) commands(ctx context.Context, texts ...string) error {
	for _, text := range texts {
		if err := d.command(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// hasStatus asks an open channel for its status, and so throws away what
// happened before.
func (d *Dongle) hasStatus(ctx context.Context) (bool, error) {
	if !d.device.acks {
		return false, nil
	}
	w, err := d.dialogue.ask(ctx, "F", kindStatus)
	return err == nil && w.kind == kindStatus, err
}
