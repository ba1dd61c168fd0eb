package uds

import "encoding/binary"

// CommunicationControlRequest switches messages of a unit on and off.
//
//	28  control  type  [ node (2), only with controls 04 and 05 ]
type CommunicationControlRequest struct {
	Control  byte
	Suppress bool   // no positive response
	Type     byte   // which messages, on which subnet
	Node     uint16 // of the subnet
}

func (r CommunicationControlRequest) hasNode() bool { return r.Control == 0x04 || r.Control == 0x05 }

// AppendBinary appends the encoded request.
func (r CommunicationControlRequest) AppendBinary(b []byte) ([]byte, error) {
	b, err := appendSub(b, ServiceCommunicationControl, r.Control, r.Suppress)
	b = append(b, r.Type)
	if r.hasNode() {
		b = binary.BigEndian.AppendUint16(b, r.Node)
	}
	return b, err
}

// UnmarshalBinary decodes a request.
func (r *CommunicationControlRequest) UnmarshalBinary(msg []byte) error {
	d := decode(msg, ServiceCommunicationControl)
	control, suppress := d.subFunction()
	v := CommunicationControlRequest{Control: control, Suppress: suppress, Type: d.uint8("communication type")}
	if v.hasNode() {
		v.Node = d.uint16("node identification number")
	}
	return finish(d, r, v)
}

// CommunicationControlResponse is the answer 68 control.
type CommunicationControlResponse struct{ Control byte }

// AppendBinary appends the encoded response.
func (r CommunicationControlResponse) AppendBinary(b []byte) ([]byte, error) {
	return appendSub(b, ServiceCommunicationControl+ResponseOffset, r.Control, false)
}

// UnmarshalBinary decodes a response.
func (r *CommunicationControlResponse) UnmarshalBinary(msg []byte) error {
	d := decode(msg, ServiceCommunicationControl+ResponseOffset)
	return finish(d, r, CommunicationControlResponse{Control: d.echo()})
}

// ControlDTCsRequest starts or stops the setting of trouble codes.
//
//	85  setting  [ option record ]
type ControlDTCsRequest struct {
	Setting  byte
	Suppress bool // no positive response
	Option   []byte
}

// AppendBinary appends the encoded request.
func (r ControlDTCsRequest) AppendBinary(b []byte) ([]byte, error) {
	b, err := appendSub(b, ServiceControlDTCs, r.Setting, r.Suppress)
	return append(b, r.Option...), err
}

// UnmarshalBinary decodes a request.
func (r *ControlDTCsRequest) UnmarshalBinary(msg []byte) error {
	d := decode(msg, ServiceControlDTCs)
	setting, suppress := d.subFunction()
	return finish(d, r, ControlDTCsRequest{Setting: setting, Suppress: suppress, Option: d.tail()})
}

// ControlDTCsResponse is the answer C5 setting.
type ControlDTCsResponse struct{ Setting byte }

// AppendBinary appends the encoded response.
func (r ControlDTCsResponse) AppendBinary(b []byte) ([]byte, error) {
	return appendSub(b, ServiceControlDTCs+ResponseOffset, r.Setting, false)
}

// UnmarshalBinary decodes a response.
func (r *ControlDTCsResponse) UnmarshalBinary(msg []byte) error {
	d := decode(msg, ServiceControlDTCs+ResponseOffset)
	return finish(d, r, ControlDTCsResponse{Setting: d.echo()})
}
