package cli

import (
	"context"
	"errors"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/socketcand"
	"github.com/untether-obd/untether/obd/adapter/tunnel"
	"github.com/untether-obd/untether/telematics/message"
)

// socketcandPort is a listener for every program that speaks socketcand's
// protocol.
type socketcandPort struct{ *socketcand.Listener }

func listenSocketcand(ctx context.Context, u adapter.URI) (listener, error) {
	l, err := socketcand.Listen(ctx, u)
	if err != nil {
		return nil, err
	}
	return socketcandPort{l}, nil
}

func (s socketcandPort) Serve(ctx context.Context, car adapter.Controller, watch func(tunnel.Event)) error {
	kinds := map[socketcand.Event]tunnel.EventKind{
		socketcand.Joined: tunnel.Joined, socketcand.Left: tunnel.Left, socketcand.TurnedAway: tunnel.TurnedAway,
	}
	server := socketcand.Server{
		Open:  car.OpenBus,
		Watch: func(e socketcand.Event) { watch(tunnel.Event{Kind: kinds[e]}) },
	}
	return server.Serve(ctx, s)
}

// aboutSocketcand tells why a socketcand could not be reached, or none be made.
func (a *app) aboutSocketcand(err error) (string, int) {
	var (
		socket *socketcand.OpenError
		remote *socketcand.RemoteError
	)
	switch {
	case !errors.As(err, &socket):
		return "", 0
	case errors.Is(err, socketcand.ErrNobody), errors.Is(err, socketcand.ErrSilent):
		return a.say.Text(message.NoSocketcand, socket.URI, socket.Err.Error()), exitNoCar
	case errors.Is(err, socketcand.ErrBusy):
		return a.say.Text(message.AdapterBusy, socket.URI), exitNoCar
	case errors.As(err, &remote):
		return a.say.Text(message.SocketcandRefuses, socket.URI, remote.Text), exitFailed
	case errors.Is(err, socketcand.ErrInUse):
		return a.say.Text(message.ListenTaken, socket.URI), exitFailed
	case errors.Is(err, socketcand.ErrNotLoopback):
		return a.say.Text(message.NotLoopback, socket.URI), exitFailed
	}
	return a.say.Text(message.CannotOpen, socket.URI, socket.Err.Error()), exitFailed
}
