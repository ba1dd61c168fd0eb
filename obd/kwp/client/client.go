// Package client speaks KWP 2000 (ISO 14230-3) on CAN with one unit.
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
	"github.com/untether-obd/untether/obd/kwp"
	"github.com/untether-obd/untether/obd/transport"
)

// Client is a conversation with one unit. Close it to leave the unit in its
// standard session.
type Client struct {
	dialogue *exchange.Dialogue
	terms    exchange.Terms
	present  kwp.Present // how the keep-alive says 3E
	observer exchange.Observer
}

// Option changes a Client.
type Option func(*Client)

// WithTerms sets the times; without it they are those of a first contact.
func WithTerms(t exchange.Terms) Option { return func(c *Client) { c.terms = t } }

// WithKeepAlive sets the form of 3E. Without it 3E 01 is sent, and the bare 3E
// once the unit has refused that form.
func WithKeepAlive(p kwp.Present) Option { return func(c *Client) { c.present = p } }

// WithObserver has f called after each request, in order and before the next.
// f must not call the Client.
func WithObserver(f exchange.Observer) Option { return func(c *Client) { c.observer = f } }

// New gives a Client on conn, which stays the caller's to close after the
// Client.
func New(conn transport.Conn, opts ...Option) *Client {
	c := &Client{}
	for _, o := range opts {
		o(c)
	}
	c.dialogue = exchange.NewDialogue(conn, c.dialect(), c.observer)
	return c
}

// Do makes any request and gives its positive answer. Session changes among
// them are noted as by StartSession.
//
// Where we had opened a session and the unit refuses a read as if it were in
// its standard one, it has restarted: the session is opened again and the read
// repeated, once. If the unit refuses the session too, the error is the read's
// own refusal.
func (c *Client) Do(ctx context.Context, req []byte) (exchange.Result, error) {
	return c.dialogue.Do(ctx, req)
}

// Close restores the standard session if another is or may be open, by 10 81
// or, where the unit refuses that, 20, and ends the keep-alive. It waits for a
// request under way. Where ctx is done, or becomes so, 10 81 is sent without
// waiting for its answer and Close returns within 200 ms. Its error is an
// *exchange.OpenSessionError. The Conn stays open; all later calls give an
// error that matches net.ErrClosed.
func (c *Client) Close(ctx context.Context) error { return c.dialogue.Close(ctx) }

// Read reads the record of a local identifier (21).
func (c *Client) Read(ctx context.Context, id byte) ([]byte, error) {
	return c.access(ctx, []byte{kwp.ReadDataByLocalIdentifier, id})
}

// Identification reads the unit's identification (1A). Some makers add bytes
// to the option: 1A 88 01.
func (c *Client) Identification(ctx context.Context, option byte, more ...byte) ([]byte, error) {
	return c.access(ctx, append([]byte{kwp.ReadECUIdentification, option}, more...))
}

// access gives the data of the answer.
func (c *Client) access(ctx context.Context, req []byte) ([]byte, error) {
	res, err := c.Do(ctx, req)
	if err != nil {
		return nil, err
	}
	record, err := kwp.ParseRecord(res.Message.Data)
	return record.Data, exchange.Malformed[kwp.FormatError](res.Message, err)
}
