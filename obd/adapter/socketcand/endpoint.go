package socketcand

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/remote"
)

// Ports and names of the protocol.
const (
	defaultPort = "29536"
	maxName     = 16
)

// endpoint is what a URI names.
type endpoint struct {
	host, port, bus string
	bitrate         int // bit/s, as the user says; 0: not known
}

func (e endpoint) address() string { return net.JoinHostPort(e.host, e.port) }

// keyBitrate is the only setting.
const keyBitrate = "bitrate"

// maxBitrate is that of classic CAN.
const maxBitrate = 1_000_000

// parseEndpoint reads //HOST:PORT/BUS, or //HOST/BUS with the usual port.
func parseEndpoint(u adapter.URI) (endpoint, error) {
	if err := u.Allow(keyBitrate); err != nil {
		return endpoint{}, err
	}
	where, bus, _ := strings.Cut(strings.TrimPrefix(u.Target, "//"), "/")
	e, ok := parseAddress(where)
	switch {
	case !ok, !strings.HasPrefix(u.Target, "//"):
		return endpoint{}, &adapter.URIError{Text: u.Text, Reason: "no //HOST:PORT/BUS, as in socketcand://192.168.2.7:29536/can0"}
	case !validName(bus):
		return endpoint{}, &adapter.URIError{Text: u.Text, Reason: "no name of a bus at the end, as in socketcand://192.168.2.7:29536/can0"}
	}
	e.bus = bus
	if u.Query.Has(keyBitrate) {
		n, err := strconv.Atoi(u.Query.Get(keyBitrate))
		if err != nil || n <= 0 || n > maxBitrate {
			return endpoint{}, &adapter.URIError{Text: u.Text, Reason: "the bit rate is no number from 1 to 1000000"}
		}
		e.bitrate = n
	}
	return e, nil
}

// parseAddress reads HOST:PORT or HOST; an IPv6 address has brackets.
func parseAddress(s string) (endpoint, bool) {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		host, port, err = net.SplitHostPort(s + ":" + defaultPort)
	}
	_, number := strconv.ParseUint(port, 10, 16)
	return endpoint{host: host, port: port}, err == nil && number == nil && host != ""
}

// validName reports whether a bus can have the name: neither the protocol nor
// a terminal stumbles over it.
func validName(s string) bool {
	return s != "" && len(s) <= maxName && clean([]string{s}) == s && !strings.ContainsAny(s, "<> ")
}

func (e endpoint) dial(ctx context.Context) (net.Conn, error) {
	d := net.Dialer{KeepAliveConfig: remote.Alive}
	conn, err := d.DialContext(ctx, "tcp", e.address())
	switch {
	case err == nil:
		return conn, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, syscall.ECONNREFUSED):
		return nil, ErrNobody
	}
	return nil, remote.Bare(err)
}

// local reads HOST:PORT of this computer; slashes in front do no harm.
func local(u adapter.URI) (endpoint, error) {
	if err := u.Allow(); err != nil {
		return endpoint{}, err
	}
	e, ok := parseAddress(strings.TrimPrefix(u.Target, "//"))
	if !ok {
		return endpoint{}, &adapter.URIError{Text: u.Text, Reason: "no HOST:PORT, as in socketcand:127.0.0.1:29536"}
	}
	if e.host == "localhost" {
		e.host = "127.0.0.1" // whatever a name server makes of it
	}
	if ip, err := netip.ParseAddr(e.host); err != nil || !ip.IsLoopback() {
		return endpoint{}, &OpenError{URI: u.Text, Err: ErrNotLoopback}
	}
	return e, nil
}
