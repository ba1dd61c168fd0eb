package j1979

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// The services of UDS that J1979-2 uses.
const (
	readDTCs       byte = 0x19
	readData       byte = 0x22
	byWWHMask      byte = 0x42 // reportWWHOBDDTCByMaskRecord
	byPermanent    byte = 0x55 // reportWWHOBDDTCWithPermanentStatus
	emissionsGroup byte = 0x33
	anyClass       byte = 0x1E // severity mask: every class of emissions code
	statusPending  byte = 0x04
	statusStored   byte = 0x08 // confirmed
)

// DID gives the data identifier at which J1979-2 has what J1979 has at a
// service and identifier:
//
//	01  F4xx      06  F6xx      09  F8xx
func DID(service, id byte) (uint16, bool) {
	switch service {
	case CurrentData:
		return 0xF400 | uint16(id), true
	case MonitorTests:
		return 0xF600 | uint16(id), true
	case VehicleInfo:
		return 0xF800 | uint16(id), true
	}
	return 0, false
}

// FromDID is the reverse of DID.
func FromDID(did uint16) (service, id byte, ok bool) {
	switch did >> 8 {
	case 0xF4:
		return CurrentData, byte(did), true
	case 0xF6:
		return MonitorTests, byte(did), true
	case 0xF8:
		return VehicleInfo, byte(did), true
	}
	return 0, 0, false
}

// Datum is the answer of J1979-2 to 22 about one identifier:
//
//	62  DID (2)  data
type Datum struct {
	Service byte // of J1979
	ID      byte
	Data    []byte
}

// AppendBinary appends the message.
func (d Datum) AppendBinary(b []byte) ([]byte, error) {
	did, ok := DID(d.Service, d.ID)
	if !ok {
		return b, unknownService(d.Service)
	}
	return append(binary.BigEndian.AppendUint16(append(b, readData+positive), did), d.Data...), nil
}

// ParseDatum reads the answer to 22. Data shares msg's memory. Its error is a
// *FormatError.
func ParseDatum(msg []byte) (Datum, error) {
	rest, err := body(msg, readData)
	if err != nil {
		return Datum{}, err
	}
	if len(rest) < 2 {
		return Datum{}, wrongLength(msg[0], "data identifier", len(rest), "2 bytes")
	}
	did := binary.BigEndian.Uint16(rest)
	service, id, ok := FromDID(did)
	if !ok {
		return Datum{}, &FormatError{Service: msg[0], Field: "data identifier", Got: fmt.Sprintf("%04X", did), Want: "F4xx, F6xx or F8xx"}
	}
	return Datum{Service: service, ID: id, Data: rest[2:]}, nil
}

// Mask reads the data of an identifier that is a multiple of 20.
func (d Datum) Mask() (Mask, error) {
	if !IsMask(d.ID) || len(d.Data) != 4 {
		return Mask{}, wrongLength(readData+positive, fmt.Sprintf("mask %02X", d.ID), len(d.Data), "4")
	}
	return Mask{Base: d.ID, Bits: [4]byte(d.Data)}, nil
}

// Value reads the data of a PID.
func (d Datum) Value() (Value, error) {
	if n, known := Length(d.ID); d.Service != CurrentData || known && len(d.Data) != n {
		return Value{}, wrongLength(readData+positive, fmt.Sprintf("PID %02X", d.ID), len(d.Data), fmt.Sprint(n))
	}
	return Value{PID: d.ID, Data: d.Data}, nil
}

// Info reads the data of an InfoType. Units disagree on whether the count of
// J1979 stands in front; the length tells.
func (d Datum) Info() (Info, error) {
	n, known := itemLength[d.ID]
	if d.Service != VehicleInfo || !known {
		return Info{}, unknownService(d.Service)
	}
	data := d.Data
	if d.ID == InfoVIN {
		data = bytes.TrimLeft(data, "\x00")
		if len(data) == 0 {
			data = d.Data
		}
	}
	if len(data)%n == 1 && int(data[0]) == len(data)/n {
		data = data[1:]
	}
	if len(data)%n != 0 || len(data)/n > 0xFF {
		return Info{}, wrongLength(readData+positive, fmt.Sprintf("InfoType %02X", d.ID), len(d.Data), fmt.Sprintf("%d for each item", n))
	}
	return Info{Type: d.ID, Count: byte(len(data) / n), Data: data}, nil
}

// CodesRequest is the request of J1979-2 that stands for 03, 07 or 0A:
//
//	03  19 42 33 08 1E      07  19 42 33 04 1E      0A  19 55 33
func CodesRequest(service byte) ([]byte, error) {
	switch service {
	case StoredCodes:
		return []byte{readDTCs, byWWHMask, emissionsGroup, statusStored, anyClass}, nil
	case PendingCodes:
		return []byte{readDTCs, byWWHMask, emissionsGroup, statusPending, anyClass}, nil
	case PermanentCodes:
		return []byte{readDTCs, byPermanent, emissionsGroup}, nil
	}
	return nil, unknownService(service)
}

// Fault is a trouble code of J1979-2; package dtc names code and status.
type Fault struct {
	Severity byte // 0 for permanent codes
	Code     [3]byte
	Status   byte
}

// Faults is the answer to a CodesRequest:
//
//	59 42 33  status mask  severity mask  format  { severity  code (3)  status }
//	59 55 33  status mask  format  { code (3)  status }
type Faults struct {
	Permanent    bool
	StatusMask   byte // the bits of Status that the unit knows
	SeverityMask byte
	Format       byte
	Faults       []Fault
}

// AppendBinary appends the message.
func (f Faults) AppendBinary(b []byte) ([]byte, error) {
	if f.Permanent {
		b = append(b, readDTCs+positive, byPermanent, emissionsGroup, f.StatusMask, f.Format)
	} else {
		b = append(b, readDTCs+positive, byWWHMask, emissionsGroup, f.StatusMask, f.SeverityMask, f.Format)
	}
	for _, x := range f.Faults {
		if !f.Permanent {
			b = append(b, x.Severity)
		}
		b = append(append(b, x.Code[:]...), x.Status)
	}
	return b, nil
}

// ParseFaults reads the answer to a CodesRequest. Its error is a *FormatError.
func ParseFaults(msg []byte) (Faults, error) {
	rest, err := body(msg, readDTCs)
	if err != nil {
		return Faults{}, err
	}
	var f Faults
	head, size := 5, 5
	switch {
	case bytes.HasPrefix(rest, []byte{byPermanent, emissionsGroup}):
		f.Permanent, head, size = true, 4, 4
	case !bytes.HasPrefix(rest, []byte{byWWHMask, emissionsGroup}):
		return Faults{}, &FormatError{Service: msg[0], Field: "report", Got: "another", Want: "42 33 or 55 33"}
	}
	if len(rest) < head || (len(rest)-head)%size != 0 {
		return Faults{}, wrongLength(msg[0], "trouble codes", len(rest), fmt.Sprintf("%d and %d for each", head, size))
	}
	f.StatusMask, f.Format = rest[2], rest[head-1]
	if !f.Permanent {
		f.SeverityMask = rest[3]
	}
	for rest = rest[head:]; len(rest) > 0; rest = rest[size:] {
		x := Fault{Code: [3]byte(rest[size-4:]), Status: rest[size-1]}
		if !f.Permanent {
			x.Severity = rest[0]
		}
		f.Faults = append(f.Faults, x)
	}
	return f, nil
}
