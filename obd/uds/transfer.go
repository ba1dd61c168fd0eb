package uds

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// TransferRequest opens a transfer to or from a unit's memory.
//
//	34 or 35  format  widths  address  size
//
// The widths byte holds the number of bytes of the size in its high and of
// the address in its low half.
type TransferRequest struct {
	Upload        bool // 35: from the unit
	Format        byte // compression and encryption; 00 is neither
	Address, Size uint64
	AddressBytes  int // 1 to 8; 0 encodes as short as possible
	SizeBytes     int
}

// AppendBinary appends the encoded request.
func (r TransferRequest) AppendBinary(b []byte) ([]byte, error) {
	service := transferService(r.Upload)
	addressBytes, err := width(service, "memory address", r.Address, r.AddressBytes)
	if err != nil {
		return b, err
	}
	sizeBytes, err := width(service, "memory size", r.Size, r.SizeBytes)
	if err != nil {
		return b, err
	}
	b = append(b, service, r.Format, byte(sizeBytes<<4|addressBytes))
	return appendInteger(appendInteger(b, r.Address, addressBytes), r.Size, sizeBytes), nil
}

// UnmarshalBinary decodes a request of either direction.
func (r *TransferRequest) UnmarshalBinary(msg []byte) error {
	d := decodeTransfer(msg, 0)
	v := TransferRequest{Upload: d.service == ServiceUpload, Format: d.uint8("data format")}
	widths := d.uint8("address and length format")
	v.SizeBytes, v.AddressBytes = int(widths>>4), int(widths&0x0F)
	v.Address = d.bounded("memory address", v.AddressBytes)
	v.Size = d.bounded("memory size", v.SizeBytes)
	return finish(d, r, v)
}

// TransferResponse accepts a transfer.
//
//	74 or 75  width (high half)  longest block
type TransferResponse struct {
	Upload     bool
	Block      uint64 // longest TransferDataRequest in bytes, service and counter included
	BlockBytes int    // 1 to 8; 0 encodes as short as possible
}

// AppendBinary appends the encoded response.
func (r TransferResponse) AppendBinary(b []byte) ([]byte, error) {
	service := transferService(r.Upload) + ResponseOffset
	n, err := width(service, "longest block", r.Block, r.BlockBytes)
	if err != nil {
		return b, err
	}
	return appendInteger(append(b, service, byte(n<<4)), r.Block, n), nil
}

// UnmarshalBinary decodes a response of either direction.
func (r *TransferResponse) UnmarshalBinary(msg []byte) error {
	d := decodeTransfer(msg, ResponseOffset)
	format := d.uint8("length format")
	if format&0x0F != 0 {
		d.fail("length format", fmt.Sprintf("%02X", format), "a low half of 0")
	}
	v := TransferResponse{Upload: d.service == ServiceUpload+ResponseOffset, BlockBytes: int(format >> 4)}
	v.Block = d.bounded("longest block", v.BlockBytes)
	return finish(d, r, v)
}

func transferService(upload bool) byte {
	if upload {
		return ServiceUpload
	}
	return ServiceDownload
}

func decodeTransfer(msg []byte, offset byte) *decoder {
	upload := len(msg) > 0 && msg[0] == ServiceUpload+offset
	return decode(msg, transferService(upload)+offset)
}

// bounded reads an integer of the n bytes that the message itself names.
func (d *decoder) bounded(field string, n int) uint64 {
	if n < 1 || n > 8 {
		d.fail("width of "+field, count(n), "1 to 8 bytes")
		return 0
	}
	return d.integer(field, n)
}

// width gives the number of bytes for v: n if v fits, the least if n is 0.
func width(service byte, field string, v uint64, n int) (int, error) {
	least := max(1, (bits.Len64(v)+7)/8)
	switch {
	case n == 0:
		return least, nil
	case n < least || n > 8:
		return 0, &FormatError{Service: service, Field: "width of " + field, Got: count(n), Want: fmt.Sprintf("%d to 8 bytes", least)}
	}
	return n, nil
}

func appendInteger(b []byte, v uint64, n int) []byte {
	return append(b, binary.BigEndian.AppendUint64(nil, v)[8-n:]...)
}

// TransferDataRequest carries a block to the unit, or asks for one.
//
//	36  counter  [ data ]
type TransferDataRequest struct {
	Counter byte // 01 first, 00 after FF
	Data    []byte
}

// AppendBinary appends the encoded request.
func (r TransferDataRequest) AppendBinary(b []byte) ([]byte, error) {
	return append(append(b, ServiceTransferData, r.Counter), r.Data...), nil
}

// UnmarshalBinary decodes a request.
func (r *TransferDataRequest) UnmarshalBinary(msg []byte) error {
	d := decode(msg, ServiceTransferData)
	return finish(d, r, TransferDataRequest{Counter: d.uint8("block counter"), Data: d.tail()})
}

// TransferDataResponse accepts a block, or carries one.
//
//	76  counter  [ data ]
type TransferDataResponse TransferDataRequest

// AppendBinary appends the encoded response.
func (r TransferDataResponse) AppendBinary(b []byte) ([]byte, error) {
	return append(append(b, ServiceTransferData+ResponseOffset, r.Counter), r.Data...), nil
}

// UnmarshalBinary decodes a response.
func (r *TransferDataResponse) UnmarshalBinary(msg []byte) error {
	d := decode(msg, ServiceTransferData+ResponseOffset)
	return finish(d, r, TransferDataResponse{Counter: d.uint8("block counter"), Data: d.tail()})
}

// TransferExitRequest ends a transfer.
//
//	37  [ record ]
type TransferExitRequest struct{ Data []byte }

// AppendBinary appends the encoded request.
func (r TransferExitRequest) AppendBinary(b []byte) ([]byte, error) {
	return append(append(b, ServiceTransferExit), r.Data...), nil
}

// UnmarshalBinary decodes a request.
func (r *TransferExitRequest) UnmarshalBinary(msg []byte) error {
	d := decode(msg, ServiceTransferExit)
	return finish(d, r, TransferExitRequest{Data: d.tail()})
}

// TransferExitResponse confirms the end.
//
//	77  [ record ]
type TransferExitResponse struct{ Data []byte }

// AppendBinary appends the encoded response.
func (r TransferExitResponse) AppendBinary(b []byte) ([]byte, error) {
	return append(append(b, ServiceTransferExit+ResponseOffset), r.Data...), nil
}

// UnmarshalBinary decodes a response.
func (r *TransferExitResponse) UnmarshalBinary(msg []byte) error {
	d := decode(msg, ServiceTransferExit+ResponseOffset)
	return finish(d, r, TransferExitResponse{Data: d.tail()})
}
