package uds

// ClearDTCsRequest erases trouble codes.
//
//	14  group (3)  [ memory ]
type ClearDTCsRequest struct {
	Group     uint32 // 24 bits; FFFFFF is all
	HasMemory bool   // a user-defined memory is named
	Memory    byte
}

// AppendBinary appends the encoded request.
func (r ClearDTCsRequest) AppendBinary(b []byte) ([]byte, error) {
	b, err := appendUint24(append(b, ServiceClearDTCs), ServiceClearDTCs, r.Group)
	if r.HasMemory {
		b = append(b, r.Memory)
	}
	return b, err
}

// UnmarshalBinary decodes a request.
func (r *ClearDTCsRequest) UnmarshalBinary(msg []byte) error {
	d := decode(msg, ServiceClearDTCs)
	v := ClearDTCsRequest{Group: d.uint24("group")}
	if v.HasMemory = len(d.rest) > 0; v.HasMemory {
		v.Memory = d.uint8("memory selection")
	}
	return finish(d, r, v)
}

// ClearDTCsResponse is the answer 54.
type ClearDTCsResponse struct{}

// AppendBinary appends the encoded response.
func (ClearDTCsResponse) AppendBinary(b []byte) ([]byte, error) {
	return append(b, ServiceClearDTCs+ResponseOffset), nil
}

// UnmarshalBinary decodes a response.
func (r *ClearDTCsResponse) UnmarshalBinary(msg []byte) error {
	return finish(decode(msg, ServiceClearDTCs+ResponseOffset), r, ClearDTCsResponse{})
}

// Reports of trouble codes whose fields are known here. The messages of all
// others are kept as Raw.
const (
	ReportCount        byte = 0x01 // number of codes by status mask
	ReportByStatus     byte = 0x02 // codes by status mask
	ReportSnapshotIDs  byte = 0x03 // which codes have which snapshots
	ReportSnapshots    byte = 0x04 // snapshots of one code
	ReportExtendedData byte = 0x06 // extended data of one code
	ReportSupported    byte = 0x0A // all codes that the unit can set
	ReportByGroup      byte = 0x42 // codes of a functional group by masks
	ReportPermanent    byte = 0x55 // permanent codes of a functional group
)

// ReadDTCsRequest asks for a report of trouble codes. The report decides
// which fields are in the message:
//
//	19  01 02     Mask
//	19  03 0A
//	19  04 06     DTC (3)  Record
//	19  42        Group  Mask  Severity
//	19  55        Group
//	19  others    Raw
type ReadDTCsRequest struct {
	Report   byte
	Suppress bool   // no positive response
	Mask     byte   // of status bits
	DTC      uint32 // 24 bits
	Record   byte   // number of a snapshot or extended record; FF is all
	Group    byte   // functional group: 33 emissions
	Severity byte   // mask
	Raw      []byte
}

// AppendBinary appends the encoded request.
func (r ReadDTCsRequest) AppendBinary(b []byte) ([]byte, error) {
	b, err := appendSub(b, ServiceReadDTCs, r.Report, r.Suppress)
	if err != nil {
		return b, err
	}
	switch r.Report {
	case ReportCount, ReportByStatus:
		b = append(b, r.Mask)
	case ReportSnapshotIDs, ReportSupported:
	case ReportSnapshots, ReportExtendedData:
		b, err = appendUint24(b, ServiceReadDTCs, r.DTC)
		b = append(b, r.Record)
	case ReportByGroup:
		b = append(b, r.Group, r.Mask, r.Severity)
	case ReportPermanent:
		b = append(b, r.Group)
	default:
		b = append(b, r.Raw...)
	}
	return b, err
}

// UnmarshalBinary decodes a request.
func (r *ReadDTCsRequest) UnmarshalBinary(msg []byte) error {
	d := decode(msg, ServiceReadDTCs)
	var v ReadDTCsRequest
	v.Report, v.Suppress = d.subFunction()
	switch v.Report {
	case ReportCount, ReportByStatus:
		v.Mask = d.uint8("status mask")
	case ReportSnapshotIDs, ReportSupported:
	case ReportSnapshots, ReportExtendedData:
		v.DTC, v.Record = d.uint24("trouble code"), d.uint8("record number")
	case ReportByGroup:
		v.Group, v.Mask, v.Severity = d.uint8("functional group"), d.uint8("status mask"), d.uint8("severity mask")
	case ReportPermanent:
		v.Group = d.uint8("functional group")
	default:
		v.Raw = d.tail()
	}
	return finish(d, r, v)
}
