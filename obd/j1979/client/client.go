// Package client asks for what SAE J1979 has in every car: of one unit, or of
// all that answer a functional request. Each answer keeps its source; answers
// of several units are never merged.
//
// A Client may be used by several goroutines: they take turns, one request at
// a time. What one unit did wrong stands in its Answer; a method's own error
// says that nobody answered (*transport.TimeoutError) or that the Conn failed.
package client

import (
	"context"
	"errors"
	"fmt"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
)

// Client is a conversation with one unit or with a group.
type Client struct {
	conn     transport.Conn
	address  transport.Address
	terms    exchange.Terms
	language language
	observer func(req []byte, answers []exchange.Result, err error)
	turn     chan struct{} // who holds it may use conn
	first    bool          // the first good answer is enough
}

// Option changes a Client.
type Option func(*Client)

// WithTerms sets the times; without it they are those of a first contact.
func WithTerms(t exchange.Terms) Option { return func(c *Client) { c.terms = t } }

// WithJ19792 speaks J1979-2, for cars that have no J1979 any more: 22 F4xx,
// F6xx and F8xx, 19 42 and 19 55.
func WithJ19792() Option { return func(c *Client) { c.language = overUDS{} } }

// WithObserver has f called after each request, in order and before the next,
// with every answer that came. f must not call the Client.
func WithObserver(f func(req []byte, answers []exchange.Result, err error)) Option {
	return func(c *Client) { c.observer = f }
}

// New gives a Client on conn, which leads to address and stays the caller's to
// close.
func New(conn transport.Conn, address transport.Address, opts ...Option) *Client {
	c := &Client{
		conn: conn, address: address, language: classic{}, turn: make(chan struct{}, 1),
		observer: func([]byte, []exchange.Result, error) {},
	}
	for _, o := range opts {
		o(c)
	}
	return c
}

// First gives a Client on the same Conn that waits no longer once one unit of
// the group has given a good answer: neither refused, malformed nor blank.
func (c *Client) First() *Client {
	f := *c
	f.first = true
	return &f
}

// Answer is what one unit answered.
type Answer[T any] struct {
	From  transport.Address // physical
	Value T
	// Err is why Value is incomplete: *uds.NegativeResponseError,
	// *transport.ProtocolError, *transport.TimeoutError,
	// *exchange.PendingError or j1979.ErrBlank.
	Err error
}

// query is a request and how its answers are known.
type query struct {
	msg  []byte
	echo int // bytes after the service that an answer repeats
}

// ask makes one request and reads each answer.
func ask[T any](ctx context.Context, c *Client, q query, parse func([]byte) (T, error)) ([]Answer[T], error) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	enough := func(r exchange.Result) bool {
		_, err := parse(r.Message.Data)
		return c.first && err == nil
	}
	results, failures, err := c.exchange(ctx, q, enough)
	c.observer(q.msg, results, errors.Join(append(failures, err)...))
	answers := make([]Answer[T], 0, len(results)+len(failures))
	for _, r := range results {
		answers = append(answers, read(r.Message, parse))
	}
	for _, f := range failures {
		answers = append(answers, Answer[T]{From: exchange.Culprit(f), Err: f})
	}
	if len(answers) == 0 && err == nil {
		err = c.silence(q)
	}
	return answers, err
}

// exchange gives the answers, refusals among them, and apart from them what
// single units did wrong.
func (c *Client) exchange(ctx context.Context, q query, enough func(exchange.Result) bool) (results []exchange.Result, failures []error, err error) {
	terms := c.terms
	terms.Echo = q.echo
	if c.address.Functional() {
		return exchange.Collect(ctx, c.conn, q.msg, terms, enough)
	}
	res, err := exchange.Do(ctx, c.conn, q.msg, terms)
	var refused *uds.NegativeResponseError
	switch {
	case err == nil, errors.As(err, &refused):
		return []exchange.Result{res}, nil, nil
	case exchange.Culprit(err).IsZero(), silent(err):
		return nil, nil, err
	}
	return nil, []error{err}, nil
}

// silence is the error of a request that nobody answered.
func (c *Client) silence(q query) error {
	after := c.terms.P2
	if after <= 0 {
		after = exchange.DefaultP2
	}
	return &transport.TimeoutError{Timer: timerP2, Address: c.address, After: after, Waiting: fmt.Sprintf("any answer to % X", q.msg)}
}

const timerP2 = "P2"

// silent reports whether an error says that no answer began.
func silent(err error) bool {
	var timeout *transport.TimeoutError
	return errors.As(err, &timeout) && timeout.Timer == timerP2
}
