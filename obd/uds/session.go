package uds

import (
	"encoding/binary"
	"fmt"
	"time"
)

// Sessions that every unit knows by the same number.
const (
	DefaultSession  byte = 0x01
	ExtendedSession byte = 0x03
)

// SessionControlRequest asks for a diagnostic session.
//
//	10  session
type SessionControlRequest struct {
	Session  byte
	Suppress bool // no positive response
}

// AppendBinary appends the encoded request.
func (r SessionControlRequest) AppendBinary(b []byte) ([]byte, error) {
	return appendSub(b, ServiceSessionControl, r.Session, r.Suppress)
}

// UnmarshalBinary decodes a request.
func (r *SessionControlRequest) UnmarshalBinary(msg []byte) error {
	d := decode(msg, ServiceSessionControl)
	session, suppress := d.subFunction()
	return finish(d, r, SessionControlRequest{Session: session, Suppress: suppress})
}

// SessionControlResponse tells the unit's timing in the session. Units of old
// editions leave it out: both times are then 0.
//
//	50  session  [ P2 (2, 1 ms)  P2* (2, 10 ms) ]
type SessionControlResponse struct {
	Session    byte
	P2, P2Star time.Duration
}

const (
	unitP2     = time.Millisecond
	unitP2Star = 10 * time.Millisecond
)

// AppendBinary appends the encoded response. Times are rounded up.
func (r SessionControlResponse) AppendBinary(b []byte) ([]byte, error) {
	b, err := appendSub(b, ServiceSessionControl+ResponseOffset, r.Session, false)
	if err != nil || r.P2 == 0 && r.P2Star == 0 {
		return b, err
	}
	if b, err = appendTime(b, "P2", r.P2, unitP2); err != nil {
		return b, err
	}
	return appendTime(b, "P2*", r.P2Star, unitP2Star)
}

func appendTime(b []byte, field string, t, unit time.Duration) ([]byte, error) {
	if t < 0 || t > 0xFFFF*unit {
		return b, &FormatError{
			Service: ServiceSessionControl + ResponseOffset, Field: field,
			Got: t.String(), Want: fmt.Sprintf("0 to %v", 0xFFFF*unit),
		}
	}
	return binary.BigEndian.AppendUint16(b, uint16((t+unit-1)/unit)), nil
}

// UnmarshalBinary decodes a response.
func (r *SessionControlResponse) UnmarshalBinary(msg []byte) error {
	d := decode(msg, ServiceSessionControl+ResponseOffset)
	v := SessionControlResponse{Session: d.echo()}
	if len(d.rest) > 0 {
		v.P2 = time.Duration(d.uint16("P2")) * unitP2
		v.P2Star = time.Duration(d.uint16("P2*")) * unitP2Star
	}
	return finish(d, r, v)
}

// TesterPresentRequest keeps a session open.
//
//	3E  00
type TesterPresentRequest struct{ Suppress bool }

// AppendBinary appends the encoded request.
func (r TesterPresentRequest) AppendBinary(b []byte) ([]byte, error) {
	return appendSub(b, ServiceTesterPresent, 0, r.Suppress)
}

// UnmarshalBinary decodes a request.
func (r *TesterPresentRequest) UnmarshalBinary(msg []byte) error {
	d := decode(msg, ServiceTesterPresent)
	sub, suppress := d.subFunction()
	d.zero(sub)
	return finish(d, r, TesterPresentRequest{Suppress: suppress})
}

// TesterPresentResponse is the answer 7E 00.
type TesterPresentResponse struct{}

// AppendBinary appends the encoded response.
func (TesterPresentResponse) AppendBinary(b []byte) ([]byte, error) {
	return append(b, ServiceTesterPresent+ResponseOffset, 0), nil
}

// UnmarshalBinary decodes a response.
func (r *TesterPresentResponse) UnmarshalBinary(msg []byte) error {
	d := decode(msg, ServiceTesterPresent+ResponseOffset)
	d.zero(d.echo())
	return finish(d, r, TesterPresentResponse{})
}

// zero checks the only sub-function that tester present has.
func (d *decoder) zero(sub byte) {
	if sub != 0 {
		d.fail("sub-function", fmt.Sprintf("%02X", sub), "00")
	}
}
