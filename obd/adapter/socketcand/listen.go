package socketcand

import (
	"context"
	"errors"
	"net"
	"syscall"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/remote"
)

// Listener is where a Server waits for clients.
type Listener struct{ net.Listener }

// URI is the adapter's URI with which a client gets here. The name of the bus
// is an example: a Server takes any.
func (l *Listener) URI() string { return "socketcand://" + l.Addr().String() + "/can0" }

// Listen listens at socketcand:HOST:PORT on this computer; port 0 is any that
// is free, without a port it is the protocol's usual one. Its errors are
// *adapter.URIError and *OpenError.
func Listen(ctx context.Context, u adapter.URI) (*Listener, error) {
	e, err := local(u)
	if err != nil {
		return nil, err
	}
	c := net.ListenConfig{KeepAliveConfig: remote.Alive}
	l, err := c.Listen(ctx, "tcp", e.address())
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, &OpenError{URI: u.Text, Err: ErrInUse}
	case err != nil:
		return nil, &OpenError{URI: u.Text, Err: remote.Bare(err)}
	}
	return &Listener{l}, nil
}
