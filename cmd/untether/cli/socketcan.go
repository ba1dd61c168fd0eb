package cli

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/socketcan"
	"github.com/untether-obd/untether/obd/adapter/tunnel"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/telematics/message"
)

// bridge puts a car onto a CAN interface, where all who are on it meet the car.
type bridge struct {
	device adapter.Adapter
	bus    can.Bus
}

// listenSocketCAN joins the interface at once: what others send before the car
// does is not lost on it.
func listenSocketCAN(ctx context.Context, u adapter.URI) (listener, error) {
	device, err := socketcan.Open(ctx, u)
	if err != nil {
		return nil, err
	}
	bus, err := device.(adapter.Controller).OpenBus(ctx, adapter.BusConfig{})
	if err != nil {
		return nil, errors.Join(err, device.Close())
	}
	return &bridge{device, bus}, nil
}

func (b *bridge) URI() string { return b.device.Info().URI }

// Serve carries frames both ways. Nobody comes or goes on an interface, so
// there is nothing to watch.
func (b *bridge) Serve(ctx context.Context, car adapter.Controller, _ func(tunnel.Event)) (err error) {
	defer func() { err = errors.Join(err, b.device.Close()) }()
	socket, err := car.OpenBus(ctx, adapter.BusConfig{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, socket.Close()) }()
	both, done := errgroup.WithContext(ctx)
	both.Go(func() error { return carry(done, socket, b.bus) })
	both.Go(func() error { return carry(done, b.bus, socket) })
	if err := both.Wait(); ctx.Err() == nil {
		return &adapterError{b.URI(), err}
	}
	return nil
}

// carry hands on frames of others: neither what it has carried the other way
// nor a controller's reports. Where the other side is down or does not take a
// frame, the frame is lost as on a wire that nobody is at.
func carry(ctx context.Context, from, to can.Bus) error {
	for {
		rx, err := from.Recv(ctx)
		if err == nil && !rx.Own && !rx.Frame.Is(can.Error) {
			err = to.Send(ctx, rx.Frame)
		}
		if err != nil && !passing(err) {
			return err
		}
	}
}

func passing(err error) bool {
	var dropped *can.DroppedError
	return errors.Is(err, can.ErrDown) || errors.Is(err, can.ErrFrame) || errors.As(err, &dropped)
}

// aboutInterface tells why an interface cannot be used.
func (a *app) aboutInterface(e *socketcan.InterfaceError) (string, int) {
	var (
		rate    *socketcan.BitrateError
		refused *socketcan.PermissionError
	)
	switch {
	case errors.Is(e, socketcan.ErrNoCAN):
		return a.say.Text(message.NoCANSockets, e.Interface), exitFailed
	case errors.Is(e, socketcan.ErrNoKernelISOTP):
		return a.say.Text(message.NoKernelISOTP, e.Interface), exitFailed
	case errors.Is(e, socketcan.ErrNoInterface):
		return a.say.Text(message.InterfaceMissing, e.Interface), exitNoCar
	case errors.Is(e, can.ErrDown):
		return a.say.Text(message.InterfaceDown, e.Interface), exitNoCar
	case errors.Is(e, socketcan.ErrNotCAN):
		return a.say.Text(message.InterfaceNotCAN, e.Interface), exitFailed
	case errors.Is(e, socketcan.ErrNoFD):
		return a.say.Text(message.InterfaceClassic, e.Interface), exitFailed
	case errors.Is(e, socketcan.ErrListens):
		return a.say.Text(message.InterfaceListens, e.Interface), exitFailed
	case errors.Is(e, socketcan.ErrNoListening):
		return a.say.Text(message.CannotListen, e.Interface), exitFailed
	case errors.As(e, &rate) && errors.As(e, &refused) && rate.Is > 0:
		return a.say.Text(message.OtherBitrate, e.Interface, rate.Is, rate.Wanted), exitFailed
	case errors.As(e, &refused):
		return a.say.Text(message.NoCapability, e.Interface, refused.Capability), exitFailed
	case errors.As(e, &rate):
		return a.say.Text(message.BitrateRefused, e.Interface, rate.Wanted), exitFailed
	}
	return a.say.Text(message.CannotOpen, "socketcan:"+e.Interface, e.Err.Error()), exitFailed
}
