package uds

import "encoding/binary"

// What a routine control request asks for.
const (
	StartRoutine   byte = 0x01
	StopRoutine    byte = 0x02
	RoutineResults byte = 0x03
)

// RoutineControlRequest starts or stops a routine or asks for its results.
//
//	31  control  routine (2)  [ option record ]
type RoutineControlRequest struct {
	Control  byte
	Suppress bool // no positive response
	RID      uint16
	Option   []byte
}

// AppendBinary appends the encoded request.
func (r RoutineControlRequest) AppendBinary(b []byte) ([]byte, error) {
	b, err := appendSub(b, ServiceRoutineControl, r.Control, r.Suppress)
	return append(binary.BigEndian.AppendUint16(b, r.RID), r.Option...), err
}

// UnmarshalBinary decodes a request.
func (r *RoutineControlRequest) UnmarshalBinary(msg []byte) error {
	d := decode(msg, ServiceRoutineControl)
	control, suppress := d.subFunction()
	return finish(d, r, RoutineControlRequest{
		Control: control, Suppress: suppress,
		RID: d.uint16("routine identifier"), Option: d.tail(),
	})
}

// RoutineControlResponse tells a routine's status.
//
//	71  control  routine (2)  [ info and status record ]
type RoutineControlResponse struct {
	Control byte
	RID     uint16
	Status  []byte
}

// AppendBinary appends the encoded response.
func (r RoutineControlResponse) AppendBinary(b []byte) ([]byte, error) {
	b, err := appendSub(b, ServiceRoutineControl+ResponseOffset, r.Control, false)
	return append(binary.BigEndian.AppendUint16(b, r.RID), r.Status...), err
}

// UnmarshalBinary decodes a response.
func (r *RoutineControlResponse) UnmarshalBinary(msg []byte) error {
	d := decode(msg, ServiceRoutineControl+ResponseOffset)
	return finish(d, r, RoutineControlResponse{
		Control: d.echo(), RID: d.uint16("routine identifier"), Status: d.tail(),
	})
}
