package cli

import (
	"context"
	"maps"
	"slices"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/tunnel"
)

// listener is where others find a car of ours.
type listener interface {
	// URI is the adapter with which they do.
	URI() string

	// Serve lets them on the car, one after another, until ctx ends, which is
	// no error, and ends the listening.
	Serve(ctx context.Context, car adapter.Controller, watch func(tunnel.Event)) error
}

// listeners says where a car can be served.
var listeners = map[string]func(ctx context.Context, u adapter.URI) (listener, error){
	"elm327":     listenELM327,
	"slcan":      listenSLCAN,
	"socketcan":  listenSocketCAN,
	"socketcand": listenSocketcand,
	"tcp":        listenTunnel,
	"unix":       listenTunnel,
}

func listen(ctx context.Context, text string) (listener, error) {
	u, err := adapter.ParseURI(text)
	if err != nil {
		return nil, err
	}
	open, ok := listeners[u.Scheme]
	if !ok {
		return nil, &adapter.UnknownSchemeError{Scheme: u.Scheme, Known: slices.Sorted(maps.Keys(listeners))}
	}
	return open(ctx, u)
}

// socket is a listener for another process of ours.
type socket struct{ *tunnel.Listener }

func listenTunnel(ctx context.Context, u adapter.URI) (listener, error) {
	l, err := tunnel.Listen(ctx, u)
	if err != nil {
		return nil, err
	}
	return socket{l}, nil
}

func (s socket) Serve(ctx context.Context, car adapter.Controller, watch func(tunnel.Event)) error {
	server := tunnel.Server{Title: car.Info().Description, Open: car.OpenBus, Watch: watch}
	return server.Serve(ctx, s)
}
