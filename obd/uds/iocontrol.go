package uds

// IOControlRequest takes an input or output over or gives it back.
//
//	2F  identifier (2)  control  [ state and mask ]
type IOControlRequest struct {
	DID     uint16
	Control byte // 00 give back, 01 default, 02 freeze, 03 adjust
	State   []byte
}

// AppendBinary appends the encoded request.
func (r IOControlRequest) AppendBinary(b []byte) ([]byte, error) {
	return append(append(appendID(b, ServiceIOControl, r.DID), r.Control), r.State...), nil
}

// UnmarshalBinary decodes a request.
func (r *IOControlRequest) UnmarshalBinary(msg []byte) error {
	return decodeIO(msg, ServiceIOControl, r)
}

// IOControlResponse tells the state after the request.
//
//	6F  identifier (2)  control  [ state ]
type IOControlResponse IOControlRequest

// AppendBinary appends the encoded response.
func (r IOControlResponse) AppendBinary(b []byte) ([]byte, error) {
	return append(append(appendID(b, ServiceIOControl+ResponseOffset, r.DID), r.Control), r.State...), nil
}

// UnmarshalBinary decodes a response.
func (r *IOControlResponse) UnmarshalBinary(msg []byte) error {
	return decodeIO(msg, ServiceIOControl+ResponseOffset, (*IOControlRequest)(r))
}

func decodeIO(msg []byte, service byte, into *IOControlRequest) error {
	d := decode(msg, service)
	return finish(d, into, IOControlRequest{
		DID: d.uint16("data identifier"), Control: d.uint8("control parameter"), State: d.tail(),
	})
}
