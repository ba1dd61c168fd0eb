package uds

import (
	"encoding/binary"
	"fmt"
)

// Lengths of the fields that come before the length-prefixed parameters, by
// task. 16 bytes are an algorithm indicator, 1 the communication
// configuration, 2 the certificate evaluation id.
var (
	authenticationRequestFixed  = [...]int{0x01: 1, 0x02: 1, 0x04: 2, 0x05: 17, 0x06: 16, 0x07: 16, 0x08: 0}
	authenticationResponseFixed = [...]int{0x05: 16, 0x06: 16, 0x07: 16, 0x08: 0}
)

// fixedLength is 0 for a task that no edition defines.
func fixedLength(lengths []int, task byte) int {
	if int(task) < len(lengths) {
		return lengths[task]
	}
	return 0
}

// AuthenticationRequest is a step of an authentication.
//
//	29  task  [ fixed fields ]  { length (2)  parameter }
type AuthenticationRequest struct {
	Task     byte
	Suppress bool // no positive response
	Fixed    []byte
	Params   [][]byte
}

// AppendBinary appends the encoded request.
func (r AuthenticationRequest) AppendBinary(b []byte) ([]byte, error) {
	b, err := appendSub(b, ServiceAuthentication, r.Task, r.Suppress)
	if err != nil {
		return b, err
	}
	want := fixedLength(authenticationRequestFixed[:], r.Task)
	return appendAuthentication(b, ServiceAuthentication, want, r.Fixed, r.Params)
}

// UnmarshalBinary decodes a request.
func (r *AuthenticationRequest) UnmarshalBinary(msg []byte) error {
	d := decode(msg, ServiceAuthentication)
	task, suppress := d.subFunction()
	fixed, params := d.authentication(fixedLength(authenticationRequestFixed[:], task))
	return finish(d, r, AuthenticationRequest{Task: task, Suppress: suppress, Fixed: fixed, Params: params})
}

// AuthenticationResponse is the unit's part of a step.
//
//	69  task  return value  [ fixed fields ]  { length (2)  parameter }
type AuthenticationResponse struct {
	Task   byte
	Return byte
	Fixed  []byte
	Params [][]byte
}

// AppendBinary appends the encoded response.
func (r AuthenticationResponse) AppendBinary(b []byte) ([]byte, error) {
	const service = ServiceAuthentication + ResponseOffset
	b, err := appendSub(b, service, r.Task, false)
	if err != nil {
		return b, err
	}
	want := fixedLength(authenticationResponseFixed[:], r.Task)
	return appendAuthentication(append(b, r.Return), service, want, r.Fixed, r.Params)
}

// UnmarshalBinary decodes a response.
func (r *AuthenticationResponse) UnmarshalBinary(msg []byte) error {
	d := decode(msg, ServiceAuthentication+ResponseOffset)
	v := AuthenticationResponse{Task: d.echo(), Return: d.uint8("return value")}
	v.Fixed, v.Params = d.authentication(fixedLength(authenticationResponseFixed[:], v.Task))
	return finish(d, r, v)
}

func appendAuthentication(b []byte, service byte, want int, fixed []byte, params [][]byte) ([]byte, error) {
	if len(fixed) != want {
		return b, &FormatError{Service: service, Field: "fixed fields", Got: count(len(fixed)), Want: count(want)}
	}
	b = append(b, fixed...)
	for i, p := range params {
		if len(p) > 0xFFFF {
			return b, &FormatError{Service: service, Field: fmt.Sprintf("parameter %d", i+1), Got: count(len(p)), Want: "at most 65535"}
		}
		b = binary.BigEndian.AppendUint16(b, uint16(len(p)))
		b = append(b, p...)
	}
	return b, nil
}

func (d *decoder) authentication(fixedLen int) (fixed []byte, params [][]byte) {
	fixed = append(fixed, d.take("fixed fields", fixedLen)...)
	for len(d.rest) > 0 {
		field := fmt.Sprintf("parameter %d", len(params)+1)
		n := d.uint16("length of " + field)
		params = append(params, append([]byte{}, d.take(field, int(n))...))
	}
	return fixed, params
}
