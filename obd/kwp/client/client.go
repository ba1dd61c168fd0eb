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
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/kwp"
	"github.com/untether-obd/untether/obd/transport"
)

// Client is a conversation with one unit. Close it to leave the unit in its
// standard session.
type Client struct {
	conn     transport.Conn
	terms    exchange.Terms
	observer func(req []byte, res exchange.Result, err error)

	turn    chan struct{} // who holds it may use conn, granted, quiet and present
	closed  chan struct{}
	once    sync.Once
	keeper  keeper
	left    atomic.Uint32 // session that the unit may be in, 0: the standard one
	granted byte          // session that it said it is in, 0: the standard one
	quiet   time.Time     // end of the last traffic
	present kwp.Present
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

// Do makes any request and gives its positive answer. Session changes among
// them are noted as by StartSession.
//
// Where we had opened a session and the unit refuses a read as if it were in
// its standard one, it has restarted: the session is opened again and the read
// repeated, once.
func (c *Client) Do(ctx context.Context, req []byte) (exchange.Result, error) {
	if err := c.take(ctx); err != nil {
		return exchange.Result{}, err
	}
	defer c.leave()
	res, err := c.request(ctx, req)
	if c.granted == 0 || !reads(req) || !outsideSession(err) {
		return res, err
	}
	open, failure := c.reopen(ctx)
	switch {
	case failure != nil:
		return res, failure
	case !open:
		return res, err
	}
	return c.request(ctx, req)
}

// take waits for the turn.
func (c *Client) take(ctx context.Context) error {
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

// request makes one request; the turn is held.
func (c *Client) request(ctx context.Context, req []byte) (exchange.Result, error) {
	terms := c.terms
	terms.Echo = echo(req)
	settle := c.expect(req)
	res, err := exchange.Do(ctx, c.conn, req, terms)
	settle(res, err)
	c.quiet = time.Now()
	c.observer(req, res, err)
	return res, err
}

// echo is how many bytes after the service an answer repeats.
func echo(req []byte) int {
	if len(req) == 0 {
		return 0
	}
	switch req[0] {
	case kwp.StartDiagnosticSession, kwp.ReadFreezeFrameData, kwp.ReadECUIdentification,
		kwp.ReadDataByLocalIdentifier, kwp.StartRoutineByLocalIdentifier, kwp.WriteDataByLocalIdentifier:
		return 1
	}
	return 0
}

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
	return record.Data, malformed(res.Message, err)
}

// malformed is the error of an answer that belongs to the request and cannot
// be decoded.
func malformed(m transport.Message, err error) error {
	var format *kwp.FormatError
	if !errors.As(err, &format) {
		return err
	}
	return &transport.ProtocolError{
		Address: m.From, Clause: fmt.Sprintf("%02X: %s", format.Service, format.Field), Got: format.Got, Want: format.Want,
	}
}
