package socketcand

import (
	"context"
	"errors"
	"io"
	"net"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/remote"
)

// openLimit is how long the other end has to take the connection, greet and
// open the bus.
const openLimit = 8 * time.Second

// Open opens socketcand://HOST:PORT/BUS. Its errors are *adapter.URIError and
// *OpenError.
func Open(ctx context.Context, u adapter.URI) (adapter.Adapter, error) {
	e, err := parseEndpoint(u)
	if err != nil {
		return nil, err
	}
	c, err := reach(ctx, e.dial, e, u.Text)
	if err != nil {
		return nil, &OpenError{URI: u.Text, Err: err}
	}
	return c, nil
}

// reach dials and joins within openLimit.
func reach(ctx context.Context, dial func(context.Context) (net.Conn, error), e endpoint, uri string) (*client, error) {
	limited, cancel := context.WithTimeout(ctx, openLimit)
	defer cancel()
	c, err := dialAndJoin(limited, dial, e, uri)
	switch {
	case err == nil:
		return c, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case limited.Err() != nil:
		return nil, ErrSilent
	}
	return nil, err
}

func dialAndJoin(ctx context.Context, dial func(context.Context) (net.Conn, error), e endpoint, uri string) (*client, error) {
	conn, err := dial(ctx)
	if err != nil {
		return nil, err
	}
	c, err := join(ctx, conn, e, uri)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return c, nil
}

// join greets and gets the bus into raw mode, or gives ctx's error.
func join(ctx context.Context, conn net.Conn, e endpoint, uri string) (*client, error) {
	in := newInlet(conn)
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	err := converse(conn, in, e.bus)
	if !stop() {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	c := &client{
		info: adapter.Info{URI: uri, Kind: adapter.KindCAN, Description: "bus " + e.bus + " of the socketcand at " + e.address()},
		rate: e.bitrate, conn: conn, in: in, out: remote.NewOutlet(conn), gone: make(chan struct{}),
	}
	go c.read()
	return c, nil
}

func converse(conn net.Conn, in *inlet, bus string) error {
	if err := expect(in, "hi"); err != nil {
		return err
	}
	for _, ask := range []string{"< open " + bus + " >", "< rawmode >"} {
		if _, err := conn.Write([]byte(ask)); err != nil {
			return err
		}
		if err := expect(in, "ok"); err != nil {
			return err
		}
	}
	return nil
}

// expect waits for a message of one word.
func expect(in *inlet, word string) error {
	words, err := in.next()
	switch {
	case errors.Is(err, io.EOF):
		return errHungUp
	case err != nil:
		return err
	case len(words) == 1 && words[0] == word:
		return nil
	case len(words) > 0 && words[0] == "error":
		return refusal(words[1:])
	}
	return &ProtocolError{Got: head(words), Reason: "no " + word}
}

func refusal(words []string) error {
	text := clean(words)
	if text == busyText {
		return ErrBusy
	}
	return &RemoteError{Text: text}
}
