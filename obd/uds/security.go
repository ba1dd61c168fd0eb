package uds

// SecurityAccessRequest asks for a seed (odd level) or sends a key (the even
// level that follows).
//
//	27  level  [ record or key ]
type SecurityAccessRequest struct {
	Level    byte
	Suppress bool // no positive response
	Data     []byte
}

// AppendBinary appends the encoded request.
func (r SecurityAccessRequest) AppendBinary(b []byte) ([]byte, error) {
	b, err := appendSub(b, ServiceSecurityAccess, r.Level, r.Suppress)
	return append(b, r.Data...), err
}

// UnmarshalBinary decodes a request.
func (r *SecurityAccessRequest) UnmarshalBinary(msg []byte) error {
	d := decode(msg, ServiceSecurityAccess)
	level, suppress := d.subFunction()
	return finish(d, r, SecurityAccessRequest{Level: level, Suppress: suppress, Data: d.tail()})
}

// SecurityAccessResponse carries the seed; a seed of zeros means that the
// level is open.
//
//	67  level  [ seed ]
type SecurityAccessResponse struct {
	Level byte
	Seed  []byte
}

// AppendBinary appends the encoded response.
func (r SecurityAccessResponse) AppendBinary(b []byte) ([]byte, error) {
	b, err := appendSub(b, ServiceSecurityAccess+ResponseOffset, r.Level, false)
	return append(b, r.Seed...), err
}

// UnmarshalBinary decodes a response.
func (r *SecurityAccessResponse) UnmarshalBinary(msg []byte) error {
	d := decode(msg, ServiceSecurityAccess+ResponseOffset)
	return finish(d, r, SecurityAccessResponse{Level: d.echo(), Seed: d.tail()})
}
