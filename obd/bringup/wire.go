package bringup

import (
	"context"
	"errors"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
)

// wire is the road of frames, over a controller.
type wire struct {
	adapter.Controller
	blind bool // the bus joined last does not tell what became of a frame
}

func (w *wire) listen(ctx context.Context, rate int, hear func(*can.Frame)) error {
	bus, err := w.OpenBus(ctx, adapter.BusConfig{Bitrate: rate, ListenOnly: true})
	if err != nil {
		return err
	}
	until, cancel := context.WithTimeout(ctx, Listen)
	defer cancel()
	for err == nil {
		var rx can.Rx
		rx, err = bus.Recv(until)
		var dropped *can.DroppedError
		switch {
		case errors.As(err, &dropped):
			err = nil
		case err == nil:
			hear(&rx.Frame)
		}
	}
	if until.Err() != nil && ctx.Err() == nil {
		err = nil // the time is over
	}
	return errors.Join(err, bus.Close())
}

func (w *wire) join(ctx context.Context, rate int) (adapter.CarriedLink, error) {
	bus, err := w.OpenBus(ctx, adapter.BusConfig{Bitrate: rate})
	if err != nil {
		return nil, err
	}
	w.blind = !can.Echoes(bus)
	link, err := w.carry(bus)
	if err != nil {
		return nil, errors.Join(err, bus.Close())
	}
	return link, nil
}

// carry puts ISO-TP upon the bus: ours, unless the adapter has its own.
func (w *wire) carry(bus can.Bus) (adapter.CarriedLink, error) {
	if k, ok := w.Controller.(adapter.Carrier); ok {
		return k.Carry(bus)
	}
	return isotp.NewLink(bus), nil
}

var obd = transport.MustAddress("7DF/7E8-7EF")

// ask sends 01 00 to all emission units and waits for the acknowledge only, if
// that can be seen.
func (w *wire) ask(ctx context.Context, car *Car, limit time.Duration) (ready bool, err error) {
	if w.blind {
		return car.answer(ctx, limit)
	}
	began := time.Now()
	conn, err := car.Link.Dial(ctx, obd, guard.J1979, transport.Params{Timers: transport.Timers{As: limit}})
	if err != nil {
		return false, err
	}
	err = errors.Join(conn.Send(ctx, anybody, transport.Want{Answers: -1}), conn.Close())
	return time.Since(began) <= prompt, err
}

// anybody is the question that every emission unit answers: what it supports.
var anybody = []byte{0x01, 0x00}
