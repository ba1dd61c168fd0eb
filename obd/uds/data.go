package uds

import (
	"encoding/binary"
	"fmt"
)

// ReadDataRequest asks for the values of one or several data identifiers.
//
//	22  { identifier (2) }
type ReadDataRequest struct{ DIDs []uint16 }

// AppendBinary appends the encoded request.
func (r ReadDataRequest) AppendBinary(b []byte) ([]byte, error) {
	if len(r.DIDs) == 0 {
		return b, &FormatError{Service: ServiceReadData, Field: "data identifiers", Got: "none", Want: "at least one"}
	}
	b = append(b, ServiceReadData)
	for _, id := range r.DIDs {
		b = binary.BigEndian.AppendUint16(b, id)
	}
	return b, nil
}

// UnmarshalBinary decodes a request.
func (r *ReadDataRequest) UnmarshalBinary(msg []byte) error {
	d := decode(msg, ServiceReadData)
	v := ReadDataRequest{DIDs: []uint16{d.uint16("data identifier")}}
	for len(d.rest) > 0 {
		v.DIDs = append(v.DIDs, d.uint16("data identifier"))
	}
	return finish(d, r, v)
}

// DataRecord is a data identifier and its value.
type DataRecord struct {
	DID  uint16
	Data []byte
}

// Item is a data identifier and the fixed length of its value in bytes.
type Item struct {
	DID    uint16
	Length int
}

// ReadDataResponse carries the values. Nothing in the message tells where one
// ends and the next begins.
//
//	62  { identifier (2)  value }
type ReadDataResponse struct{ Records []DataRecord }

// AppendBinary appends the encoded response.
func (r ReadDataResponse) AppendBinary(b []byte) ([]byte, error) {
	if len(r.Records) == 0 {
		return b, &FormatError{Service: ServiceReadData + ResponseOffset, Field: "data records", Got: "none", Want: "at least one"}
	}
	b = append(b, ServiceReadData+ResponseOffset)
	for _, rec := range r.Records {
		b = append(binary.BigEndian.AppendUint16(b, rec.DID), rec.Data...)
	}
	return b, nil
}

// UnmarshalBinary decodes the response to a request of a single identifier.
func (r *ReadDataResponse) UnmarshalBinary(msg []byte) error {
	d := decode(msg, ServiceReadData+ResponseOffset)
	rec := DataRecord{DID: d.uint16("data identifier"), Data: d.tail()}
	return finish(d, r, ReadDataResponse{Records: []DataRecord{rec}})
}

// UnmarshalItems decodes the response to a request of several identifiers,
// each with the length that its item gives. A unit may leave out what it does
// not support; what was not asked for, or comes twice, is an error.
func (r *ReadDataResponse) UnmarshalItems(msg []byte, items []Item) error {
	lengths := make(map[uint16]int, len(items))
	for _, it := range items {
		lengths[it.DID] = it.Length
	}
	d := decode(msg, ServiceReadData+ResponseOffset)
	var v ReadDataResponse
	for first := true; first || len(d.rest) > 0; first = false {
		id := d.uint16("data identifier")
		n, asked := lengths[id]
		if !asked {
			d.fail("data identifier", fmt.Sprintf("%04X", id), "one that was asked for, once")
		}
		delete(lengths, id)
		v.Records = append(v.Records, DataRecord{DID: id, Data: d.copy(fmt.Sprintf("value of %04X", id), n)})
	}
	return finish(d, r, v)
}

// copy takes n bytes, nil if n is 0.
func (d *decoder) copy(field string, n int) []byte {
	return append([]byte(nil), d.take(field, n)...)
}

// WriteDataRequest sets the value of a data identifier.
//
//	2E  identifier (2)  value
type WriteDataRequest struct {
	DID  uint16
	Data []byte
}

// AppendBinary appends the encoded request.
func (r WriteDataRequest) AppendBinary(b []byte) ([]byte, error) {
	return append(appendID(b, ServiceWriteData, r.DID), r.Data...), nil
}

// UnmarshalBinary decodes a request.
func (r *WriteDataRequest) UnmarshalBinary(msg []byte) error {
	d := decode(msg, ServiceWriteData)
	return finish(d, r, WriteDataRequest{DID: d.uint16("data identifier"), Data: d.tail()})
}

// WriteDataResponse is the answer 6E identifier.
type WriteDataResponse struct{ DID uint16 }

// AppendBinary appends the encoded response.
func (r WriteDataResponse) AppendBinary(b []byte) ([]byte, error) {
	return appendID(b, ServiceWriteData+ResponseOffset, r.DID), nil
}

// UnmarshalBinary decodes a response.
func (r *WriteDataResponse) UnmarshalBinary(msg []byte) error {
	d := decode(msg, ServiceWriteData+ResponseOffset)
	return finish(d, r, WriteDataResponse{DID: d.uint16("data identifier")})
}
