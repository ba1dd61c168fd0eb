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

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
)

// Client is a conversation with one unit. Close it to leave the unit in its
// default session.
type Client struct {
	dialogue *exchange.Dialogue
	terms    exchange.Terms
	observer exchange.Observer
}

// Option changes a Client.
type Option func(*Client)

// WithLimits bounds the answers 78 to a request; without it the limits are
// those of a read.
func WithLimits(l exchange.Limits) Option { return func(c *Client) { c.terms.Limits = l } }

// WithObserver has f called after each request, in order and before the next:
// for pacing by latency, and for counting. f must not call the Client.
func WithObserver(f exchange.Observer) Option { return func(c *Client) { c.observer = f } }

// New gives a Client on conn, which stays the caller's to close after the
// Client.
func New(conn transport.Conn, opts ...Option) *Client {
	c := &Client{}
	for _, o := range opts {
		o(c)
	}
	c.dialogue = exchange.NewDialogue(conn, exchange.Dialect{
		Terms:     c.termsOf,
		Target:    target,
		Learn:     c.learn,
		KeepAlive: keepAlive,
		Restore:   [][]byte{{uds.ServiceSessionControl, uds.DefaultSession}},
		Reads:     []byte{uds.ServiceReadData, uds.ServiceReadDTCs},
		Lost:      []uds.NRC{uds.ServiceNotSupportedInSession, uds.SubFunctionNotSupportedInSession},
	}, c.observer)
	return c
}

func (c *Client) termsOf(req []byte) exchange.Terms {
	t := c.terms
	t.Echo, t.Silent = echoOf(req), suppressed(req)
	return t
}

// Do makes any request and gives its positive answer. Session changes and
// resets among them are noted as by Session. No answer to a request whose
// suppress bit is set is success.
//
// Where we had opened a session and the unit refuses a read (19, 22) as if it
// were in its default one, it has restarted: the session is opened again and
// the read repeated, once. If the unit refuses the session too, the error is
// the read's own refusal.
func (c *Client) Do(ctx context.Context, req []byte) (exchange.Result, error) {
	return c.dialogue.Do(ctx, req)
}

// Close restores the default session (10 01) if another is or may be open,
// and ends the keep-alive. It waits for a request under way. Where ctx is
// done, or becomes so, 10 01 is sent without waiting for its answer and Close
// returns within 200 ms. Its error is an *exchange.OpenSessionError. The Conn
// stays open; all later calls give an error that matches net.ErrClosed.
func (c *Client) Close(ctx context.Context) error { return c.dialogue.Close(ctx) }
