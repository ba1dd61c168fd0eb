package tunnel

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/remote"
)

// endpoint is what a URI names: a socket file or an address for TCP.
type endpoint struct {
	network string // unix or tcp, as package net has it
	address string
}

func parseEndpoint(u adapter.URI) (endpoint, error) {
	if err := u.Allow(); err != nil {
		return endpoint{}, err
	}
	if u.Scheme == "unix" {
		return endpoint{"unix", u.Target}, nil
	}
	host, port, err := net.SplitHostPort(u.Target)
	if err != nil || strings.HasPrefix(u.Target, "//") {
		return endpoint{}, &adapter.URIError{Text: u.Text, Reason: "no HOST:PORT, as in tcp:127.0.0.1:35001"}
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return endpoint{}, &adapter.URIError{Text: u.Text, Reason: "the port is no number from 0 to 65535"}
	}
	if host == "localhost" {
		host = "127.0.0.1" // whatever a name server makes of it
	}
	if ip, err := netip.ParseAddr(host); err != nil || !ip.IsLoopback() {
		return endpoint{}, &OpenError{URI: u.Text, Err: ErrNotLoopback}
	}
	return endpoint{"tcp", net.JoinHostPort(host, port)}, nil
}

func (e endpoint) dial(ctx context.Context) (net.Conn, error) {
	d := net.Dialer{KeepAliveConfig: remote.Alive}
	conn, err := d.DialContext(ctx, e.network, e.address)
	switch {
	case err == nil:
		return conn, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist):
		return nil, ErrNobody
	}
	return nil, remote.Bare(err)
}
