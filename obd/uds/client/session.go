package client

import (
	"context"
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

// target is the session that a request leads to, 0 for the default one.
func target(req []byte) (session byte, changes bool) {
	switch {
	case req[0] == uds.ServiceReset:
		return 0, true
	case req[0] != uds.ServiceSessionControl || len(req) < 2:
		return 0, false
	case req[1]&0x7F == uds.DefaultSession:
		return 0, true
	}
	return req[1] & 0x7F, true
}

// learn takes the unit's times from the answer to 10. Where it tells none,
// and after a reset, those of a first contact hold.
func (c *Client) learn(req []byte, m transport.Message) error {
	var v uds.SessionControlResponse
	if _, changes := target(req); !changes {
		return nil
	}
	if req[0] == uds.ServiceSessionControl && m.Data != nil {
		if err := v.UnmarshalBinary(m.Data); err != nil {
			return exchange.Malformed[uds.FormatError](m, err)
		}
	}
	c.terms.P2, c.terms.P2Star = 0, 0
	if v.P2 > 0 {
		c.terms.P2 = min(v.P2+margin, longestP2)
	}
	if v.P2Star > 0 {
		c.terms.P2Star = v.P2Star + margin
	}
	return nil
}

var testerPresent = []byte{uds.ServiceTesterPresent, 0x80}

func keepAlive(ctx context.Context, conn transport.Conn) error {
	return conn.Send(ctx, testerPresent, transport.Want{})
}
