package client

import (
	"context"
	"errors"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/kwp"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
)

// outside is KWP 2000's own code for a service that the active session lacks.
const outside uds.NRC = 0x80

// StartSession opens a session (10). One other than the standard session is
// kept open by 3E whenever the conversation rests for 2 s, until it is left or
// Close.
func (c *Client) StartSession(ctx context.Context, session byte) error {
	_, err := c.Do(ctx, []byte{kwp.StartDiagnosticSession, session})
	return err
}

// dialect is KWP 2000. Units that speak UDS too may refuse by its codes.
func (c *Client) dialect() exchange.Dialect {
	return exchange.Dialect{
		Terms:     c.termsOf,
		Target:    target,
		KeepAlive: c.keepAlive,
		Restore:   [][]byte{{kwp.StartDiagnosticSession, kwp.StandardSession}, {kwp.StopDiagnosticSession}},
		Reads: []byte{
			kwp.ReadFreezeFrameData, kwp.ReadDiagnosticTroubleCodes, kwp.ReadStatusOfDTC, kwp.ReadDTCByStatus,
			kwp.ReadECUIdentification, kwp.ReadDataByLocalIdentifier,
		},
		Lost: []uds.NRC{outside, uds.ServiceNotSupportedInSession, uds.SubFunctionNotSupportedInSession},
	}
}

// termsOf knows how many bytes after the service an answer repeats.
func (c *Client) termsOf(req []byte) exchange.Terms {
	t := c.terms
	t.Echo = 0
	switch req[0] {
	case kwp.StartDiagnosticSession, kwp.ReadFreezeFrameData, kwp.ReadECUIdentification,
		kwp.ReadDataByLocalIdentifier, kwp.StartRoutineByLocalIdentifier, kwp.WriteDataByLocalIdentifier:
		t.Echo = 1
	}
	return t
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

// keepAlive says 3E. A unit that refuses it is there all the same.
func (c *Client) keepAlive(ctx context.Context, conn transport.Conn) error {
	req, _ := c.present.AppendBinary(nil) // every form of 3E has its bytes
	if c.present.Silent {
		return conn.Send(ctx, req, transport.Want{})
	}
	_, err := exchange.Do(ctx, conn, req, c.terms)
	if errors.Is(err, uds.SubFunctionNotSupported) {
		c.present = kwp.Present{Bare: true}
	}
	var refused *uds.NegativeResponseError
	if errors.As(err, &refused) {
		return nil
	}
	return err
}
