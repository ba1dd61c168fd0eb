package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/kwp"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
)

// farewell is how long Close may take once its context is done.
const farewell = 200 * time.Millisecond

// outside is KWP 2000's own code for a service that the active session lacks.
const outside uds.NRC = 0x80

// StartSession opens a session (10). One other than the standard session is
// kept open by 3E whenever the conversation rests for 2 s, until it is left or
// Close.
func (c *Client) StartSession(ctx context.Context, session byte) error {
	_, err := c.Do(ctx, []byte{kwp.StartDiagnosticSession, session})
	return err
}

// reads reports whether a request changes nothing and may be repeated.
func reads(req []byte) bool {
	if len(req) == 0 {
		return false
	}
	switch req[0] {
	case kwp.ReadFreezeFrameData, kwp.ReadDiagnosticTroubleCodes, kwp.ReadStatusOfDTC, kwp.ReadDTCByStatus,
		kwp.ReadECUIdentification, kwp.ReadDataByLocalIdentifier:
		return true
	}
	return false
}

// outsideSession knows the code of KWP 2000, and those of UDS that units which
// speak both use.
func outsideSession(err error) bool {
	return errors.Is(err, outside) || errors.Is(err, uds.ServiceNotSupportedInSession) ||
		errors.Is(err, uds.SubFunctionNotSupportedInSession)
}

// expect notes what req may do to the session, even if the answer gets lost.
// What came of it is told to settle.
func (c *Client) expect(req []byte) (settle func(exchange.Result, error)) {
	session, changes := target(req)
	if !changes {
		return func(exchange.Result, error) {}
	}
	before := c.left.Load()
	if session != 0 {
		c.left.Store(uint32(session))
	}
	return func(res exchange.Result, err error) {
		var refused *uds.NegativeResponseError
		switch {
		case err == nil:
			c.enter(session)
		case res.Sent == transport.SentNo, errors.As(err, &refused):
			c.left.Store(before)
		}
	}
}

// target is the session that a request leads to, 0 for the standard one.
func target(req []byte) (session byte, changes bool) {
	switch {
	case len(req) == 1 && req[0] == kwp.StopDiagnosticSession:
		return 0, true
	case len(req) < 2 || req[0] != kwp.StartDiagnosticSession:
		return 0, false
	case req[1] == kwp.StandardSession:
		return 0, true
	}
	return req[1], true
}

// enter notes the session that the unit said it is in.
func (c *Client) enter(session byte) {
	c.granted = session
	c.left.Store(uint32(session))
	if session == 0 {
		c.keeper.rest()
	} else {
		c.keeper.keep(c.keepAlive)
	}
}

// reopen opens the session that the unit has lost. A refusal says that the
// unit is in its standard one.
func (c *Client) reopen(ctx context.Context) (open bool, err error) {
	_, err = c.request(ctx, []byte{kwp.StartDiagnosticSession, c.granted})
	var refused *uds.NegativeResponseError
	if errors.As(err, &refused) {
		c.enter(0)
		return false, nil
	}
	return err == nil, err
}

// OpenSessionError is a session that Close could not leave. The unit leaves it
// by itself when it has heard nothing for 5 s.
type OpenSessionError struct {
	Session byte
	Err     error
}

func (e *OpenSessionError) Error() string {
	return fmt.Sprintf("session %02X is left to the unit's own timer: %v", e.Session, e.Err)
}

// Unwrap gives the reason.
func (e *OpenSessionError) Unwrap() error { return e.Err }

// Close restores the standard session if another is or may be open, by 10 81
// or, where the unit refuses that, 20, and ends the keep-alive. It waits for a
// request under way. Where ctx is done, or becomes so, 10 81 is sent without
// waiting for its answer and Close returns within 200 ms. Its error is an
// *OpenSessionError. The Conn stays open; all later calls give an error that
// matches net.ErrClosed.
func (c *Client) Close(ctx context.Context) (err error) {
	c.once.Do(func() {
		close(c.closed)
		c.keeper.end()
		err = c.restore(ctx)
	})
	return err
}

var standard = []byte{kwp.StartDiagnosticSession, kwp.StandardSession}

func (c *Client) restore(ctx context.Context) error {
	err := c.lastly(ctx, c.askBack)
	if err != nil && ctx.Err() != nil {
		hurry, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
		defer cancel()
		err = c.lastly(hurry, func(ctx context.Context) error {
			return c.conn.Send(ctx, standard, transport.Want{})
		})
	}
	if err == nil {
		return nil
	}
	return &OpenSessionError{Session: byte(c.left.Load()), Err: err}
}

// askBack asks for the standard session in both ways that there are.
func (c *Client) askBack(ctx context.Context) error {
	_, err := c.request(ctx, standard)
	var refused *uds.NegativeResponseError
	if errors.As(err, &refused) {
		_, err = c.request(ctx, []byte{kwp.StopDiagnosticSession})
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
	if c.left.Load() == 0 {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return leave(ctx)
}
