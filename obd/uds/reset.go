package uds

// RapidPowerShutDown is the reset whose response tells the stand-by time.
const RapidPowerShutDown byte = 0x04

// ResetRequest asks a unit to restart.
//
//	11  type
type ResetRequest struct {
	Type     byte
	Suppress bool // no positive response
}

// AppendBinary appends the encoded request.
func (r ResetRequest) AppendBinary(b []byte) ([]byte, error) {
	return appendSub(b, ServiceReset, r.Type, r.Suppress)
}

// UnmarshalBinary decodes a request.
func (r *ResetRequest) UnmarshalBinary(msg []byte) error {
	d := decode(msg, ServiceReset)
	kind, suppress := d.subFunction()
	return finish(d, r, ResetRequest{Type: kind, Suppress: suppress})
}

// ResetResponse comes before the restart.
//
//	51  type  [ power-down time, only with RapidPowerShutDown ]
type ResetResponse struct {
	Type      byte
	PowerDown byte // least stand-by time in seconds; FF: not available
}

// AppendBinary appends the encoded response.
func (r ResetResponse) AppendBinary(b []byte) ([]byte, error) {
	b, err := appendSub(b, ServiceReset+ResponseOffset, r.Type, false)
	if err == nil && r.Type == RapidPowerShutDown {
		b = append(b, r.PowerDown)
	}
	return b, err
}

// UnmarshalBinary decodes a response.
func (r *ResetResponse) UnmarshalBinary(msg []byte) error {
	d := decode(msg, ServiceReset+ResponseOffset)
	v := ResetResponse{Type: d.echo()}
	if v.Type == RapidPowerShutDown {
		v.PowerDown = d.uint8("power-down time")
	}
	return finish(d, r, v)
}
