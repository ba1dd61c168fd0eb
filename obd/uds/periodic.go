package uds

// ReadPeriodicRequest starts or stops the sending of values at a rate.
//
//	2A  mode  { periodic identifier (1) }
type ReadPeriodicRequest struct {
	Mode byte   // 01 slow, 02 medium, 03 fast, 04 stop
	IDs  []byte // low bytes of the identifiers F2xx; with stop, none means all
}

// AppendBinary appends the encoded request.
func (r ReadPeriodicRequest) AppendBinary(b []byte) ([]byte, error) {
	return append(append(b, ServiceReadPeriodic, r.Mode), r.IDs...), nil
}

// UnmarshalBinary decodes a request.
func (r *ReadPeriodicRequest) UnmarshalBinary(msg []byte) error {
	d := decode(msg, ServiceReadPeriodic)
	return finish(d, r, ReadPeriodicRequest{Mode: d.uint8("transmission mode"), IDs: d.tail()})
}

// ReadPeriodicResponse is the answer 6A; the values come later, without a
// service.
type ReadPeriodicResponse struct{}

// AppendBinary appends the encoded response.
func (ReadPeriodicResponse) AppendBinary(b []byte) ([]byte, error) {
	return append(b, ServiceReadPeriodic+ResponseOffset), nil
}

// UnmarshalBinary decodes a response.
func (r *ReadPeriodicResponse) UnmarshalBinary(msg []byte) error {
	return finish(decode(msg, ServiceReadPeriodic+ResponseOffset), r, ReadPeriodicResponse{})
}
