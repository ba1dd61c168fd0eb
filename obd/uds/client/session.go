package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
)

const (
	// margin is added to the unit's own P2 and P2* for what lies between.
	margin = 100 * time.Millisecond
	// longestP2 bounds a unit's claim: nothing waits longer for an answer.
	longestP2 = exchange.DefaultP2Star
	// farewell is how long Close may take once its context is done.
	farewell = 200 * time.Millisecond
)

// Session opens a session (10). The unit's own P2 and P2* in the answer hold
// from then on. A session other than the default one is kept open by 3E 80
// whenever the conversation rests for 2 s, until it is left or Close.
func (c *Client) Session(ctx context.Context, session byte) error {
	req, err := uds.SessionControlRequest{Session: session}.AppendBinary(nil)
	if err != nil {
		return err
	}
	_, err = c.Do(ctx, req)
	return err
}

// note learns what a successful request changed. m is empty where the answer
// was suppressed.
func (c *Client) note(req []byte, m transport.Message) error {
	switch req[0] {
	case uds.ServiceSessionControl:
		return c.noteSession(req, m)
	case uds.ServiceReset:
		c.terms.P2, c.terms.P2Star = 0, 0
		c.held.release()
	}
	return nil
}

func (c *Client) noteSession(req []byte, m transport.Message) error {
	var v uds.SessionControlResponse
	if m.Data == nil {
		v.Session = req[1] &^ 0x80
	} else if err := v.UnmarshalBinary(m.Data); err != nil {
		return malformed(m, err)
	}
	c.terms.P2, c.terms.P2Star = 0, 0 // those of first contact
	if v.P2 > 0 {
		c.terms.P2 = min(v.P2+margin, longestP2)
	}
	if v.P2Star > 0 {
		c.terms.P2Star = v.P2Star + margin
	}
	if v.Session == uds.DefaultSession {
		c.held.release()
	} else {
		c.held.hold(v.Session, c.keepAlive)
	}
	return nil
}

// malformed is the error of an answer that belongs to the request and cannot
// be decoded.
func malformed(m transport.Message, err error) error {
	var format *uds.FormatError
	if !errors.As(err, &format) {
		return err
	}
	return &transport.ProtocolError{
		Address: m.From, Clause: fmt.Sprintf("%02X: %s", format.Service, format.Field), Got: format.Got, Want: format.Want,
	}
}

// reopen opens a session that the unit has lost. A refusal says that the unit
// is in its default one.
func (c *Client) reopen(ctx context.Context, session byte) error {
	_, err := c.request(ctx, []byte{uds.ServiceSessionControl, session})
	var neg *uds.NegativeResponseError
	if errors.As(err, &neg) {
		c.held.release()
	}
	return err
}

// OpenSessionError is a session that Close could not leave. The unit leaves it
// by itself when S3 (5 s) expires.
type OpenSessionError struct {
	Session byte
	Err     error
}

func (e *OpenSessionError) Error() string {
	return fmt.Sprintf("session %02X is left to the unit's S3 timer: %v", e.Session, e.Err)
}

// Unwrap gives the reason.
func (e *OpenSessionError) Unwrap() error { return e.Err }

// Close restores the default session (10 01) if another is or may be open,
// and ends the keep-alive. It waits for a request under way. Where ctx is
// done, or becomes so, 10 01 is sent without waiting for its answer and Close
// returns within 200 ms. Its error is an *OpenSessionError. The Conn stays
// open; all later calls give an error that matches net.ErrClosed.
func (c *Client) Close(ctx context.Context) (err error) {
	c.once.Do(func() {
		close(c.closed)
		c.held.end()
		err = c.restore(ctx)
	})
	return err
}

func (c *Client) restore(ctx context.Context) error {
	err := c.lastly(ctx, func(ctx context.Context) error {
		_, err := c.request(ctx, restoring)
		return err
	})
	if err != nil && ctx.Err() != nil {
		err = c.hurry(context.WithoutCancel(ctx))
	}
	if err == nil {
		return nil
	}
	return &OpenSessionError{Session: c.held.left(), Err: err}
}

var restoring = []byte{uds.ServiceSessionControl, uds.DefaultSession}

// hurry sends 10 01 and leaves.
func (c *Client) hurry(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, farewell)
	defer cancel()
	err := c.lastly(ctx, func(ctx context.Context) error {
		return c.conn.Send(ctx, restoring, transport.Want{})
	})
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("10 01 could not be sent within %v", farewell)
	}
	return err
}

// lastly takes the last turn if there is a session to leave.
func (c *Client) lastly(ctx context.Context, leave func(context.Context) error) error {
	select {
	case c.turn <- struct{}{}:
		defer c.leave()
	case <-ctx.Done():
	}
	if c.held.left() == uds.DefaultSession {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return leave(ctx)
}
