// Package client speaks UDS (ISO 14229-1) with one unit.
//
// A Client may be used by several goroutines: they take turns, one request at
// a time. Its errors are those of package exchange: *uds.NegativeResponseError
// where the unit refused, *transport.TimeoutError and *exchange.PendingError
// where it did not answer in time, *transport.ProtocolError where the answer
// breaks the standard; what the Conn gives comes back as it is.
package client

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
)

// Client is a conversation with one unit. Close it to leave the unit in its
// default session.
type Client struct {
	conn   transport.Conn
	turn   chan struct{} // who holds it may use conn and what stands below
	closed chan struct{}
	once   sync.Once
	held   held

	terms    exchange.Terms
	quiet    time.Time // end of the last traffic
	observer func(req []byte, res exchange.Result, err error)
}

// Option changes a Client.
type Option func(*Client)

// WithLimits bounds the answers 78 to a request; without it the limits are
// those of a read.
func WithLimits(l exchange.Limits) Option { return func(c *Client) { c.terms.Limits = l } }

// WithObserver has f called after each request, in order and before the next:
// for pacing by latency, and for counting. f must not call the Client.
func WithObserver(f func(req []byte, res exchange.Result, err error)) Option {
	return func(c *Client) { c.observer = f }
}

// New gives a Client on conn, which stays the caller's to close after the
// Client.
func New(conn transport.Conn, opts ...Option) *Client {
	c := &Client{
		conn: conn, turn: make(chan struct{}, 1), closed: make(chan struct{}),
		observer: func([]byte, exchange.Result, error) {},
	}
	for _, o := range opts {
		o(c)
	}
	return c
}

// take waits for the turn.
func (c *Client) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-c.closed:
		return transport.ErrClosed
	default:
	}
	select {
	case c.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-c.closed:
		return transport.ErrClosed
	}
}

func (c *Client) leave() { <-c.turn }

// Do makes any request and gives its positive answer. Session changes and
// resets among them are noted as by Session. No answer to a request whose
// suppress bit is set is success.
//
// Where we had opened a session and the unit refuses a read as if it were in
// its default one, it has restarted: the session is opened again and the read
// repeated, once.
func (c *Client) Do(ctx context.Context, req []byte) (exchange.Result, error) {
	if err := c.take(ctx); err != nil {
		return exchange.Result{}, err
	}
	defer c.leave()
	res, err := c.request(ctx, req)
	session, open := c.held.open()
	if !open || !rereadable(req) || !outsideSession(err) {
		return res, err
	}
	if err := c.reopen(ctx, session); err != nil {
		return res, err
	}
	return c.request(ctx, req)
}

// rereadable reports whether a request changes nothing.
func rereadable(req []byte) bool {
	return len(req) > 0 && (req[0] == uds.ServiceReadData || req[0] == uds.ServiceReadDTCs)
}

func outsideSession(err error) bool {
	return errors.Is(err, uds.ServiceNotSupportedInSession) || errors.Is(err, uds.SubFunctionNotSupportedInSession)
}

// request makes one request; the turn is held.
func (c *Client) request(ctx context.Context, req []byte) (exchange.Result, error) {
	terms := c.terms
	terms.Echo = echoOf(req)
	settle := c.held.ask(req)
	res, err := exchange.Do(ctx, c.conn, req, terms)
	if suppressed(req) && unanswered(err) {
		err = nil
	}
	settle(err, res.Sent)
	c.quiet = time.Now()
	if err == nil {
		err = c.note(req, res.Message)
	}
	c.observer(req, res, err)
	return res, err
}

// unanswered reports whether nothing at all came, nor was announced.
func unanswered(err error) bool {
	var timeout *transport.TimeoutError
	return errors.As(err, &timeout) && timeout.Timer == "P2"
}
