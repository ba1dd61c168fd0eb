package kwp

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// Group is a request of 13, 14, 17 or 18 about a group of trouble codes, or
// about one code:
//
//	13  [group (2)]      14  group (2)      17  group (2)      18  status  group (2)
type Group struct {
	Service byte
	Status  byte // 18 only: which codes, as the maker numbers them
	Group   uint16
	Bare    bool // 13 only: no group
}

// AppendBinary appends the message.
func (g Group) AppendBinary(b []byte) ([]byte, error) {
	b = append(b, g.Service)
	switch {
	case g.Service == ReadDTCByStatus:
		b = append(b, g.Status)
	case g.Service == ReadDiagnosticTroubleCodes && g.Bare:
		return b, nil
	}
	return binary.BigEndian.AppendUint16(b, g.Group), nil
}

func parseGroup(msg []byte) (Request, error) {
	switch {
	case msg[0] == ReadDTCByStatus:
		if err := length(msg, 4); err != nil {
			return nil, err
		}
		return Group{Service: msg[0], Status: msg[1], Group: binary.BigEndian.Uint16(msg[2:])}, nil
	case msg[0] == ReadDiagnosticTroubleCodes && len(msg) == 1:
		return Group{Service: msg[0], Bare: true}, nil
	}
	if err := length(msg, 3); err != nil {
		return nil, err
	}
	return Group{Service: msg[0], Group: binary.BigEndian.Uint16(msg[1:])}, nil
}

// Cleared is the answer to 14: 54, group (2).
type Cleared struct{ Group uint16 }

// AppendBinary appends the message.
func (c Cleared) AppendBinary(b []byte) ([]byte, error) {
	return binary.BigEndian.AppendUint16(append(b, ClearDiagnosticInformation+positive), c.Group), nil
}

func parseCleared(msg []byte) (Answer, error) {
	if err := length(msg, 3); err != nil {
		return nil, err
	}
	return Cleared{Group: binary.BigEndian.Uint16(msg[1:])}, nil
}

// Codes is the answer to 13: 53, count, count x code (2).
type Codes []uint16

// AppendBinary appends the message.
func (c Codes) AppendBinary(b []byte) ([]byte, error) {
	b, err := appendCount(b, ReadDiagnosticTroubleCodes+positive, len(c))
	if err != nil {
		return b, err
	}
	for _, code := range c {
		b = binary.BigEndian.AppendUint16(b, code)
	}
	return b, nil
}

// ParseCodes reads the answer to 13. Its error is a *FormatError.
func ParseCodes(msg []byte) (Codes, error) {
	body, count, err := counted(msg, ReadDiagnosticTroubleCodes)
	if err != nil {
		return nil, err
	}
	if len(body) != 2*count {
		return nil, countError(msg, count, 2)
	}
	codes := make(Codes, count)
	for i := range codes {
		codes[i] = binary.BigEndian.Uint16(body[2*i:])
	}
	return codes, nil
}

// DTC is a trouble code with its status; package dtc names both.
type DTC struct {
	Code   uint16
	Status byte
}

// Statuses is the answer to 17 or 18:
//
//	service+40  count  count x (code (2), status)  environment
//
// Only an answer to 17 about a single code may go on with what the maker
// recorded about it.
type Statuses struct {
	Service     byte // as in the request
	DTCs        []DTC
	Environment []byte
}

// AppendBinary appends the message.
func (s Statuses) AppendBinary(b []byte) ([]byte, error) {
	b, err := appendCount(b, s.Service+positive, len(s.DTCs))
	if err != nil {
		return b, err
	}
	for _, d := range s.DTCs {
		b = append(binary.BigEndian.AppendUint16(b, d.Code), d.Status)
	}
	return append(b, s.Environment...), nil
}

// ParseStatuses reads the answer to 17 or 18. Environment shares msg's memory.
// Its error is a *FormatError.
func ParseStatuses(msg []byte) (Statuses, error) {
	body, count, err := counted(msg, ReadStatusOfDTC, ReadDTCByStatus)
	if err != nil {
		return Statuses{}, err
	}
	service := msg[0] - positive
	more := len(body) - 3*count
	if more < 0 || more > 0 && (service != ReadStatusOfDTC || count != 1) {
		return Statuses{}, countError(msg, count, 3)
	}
	s := Statuses{Service: service, DTCs: make([]DTC, count)}
	for i := range s.DTCs {
		s.DTCs[i] = DTC{Code: binary.BigEndian.Uint16(body[3*i:]), Status: body[3*i+2]}
	}
	if more > 0 {
		s.Environment = body[3*count:]
	}
	return s, nil
}

// appendCount appends the start of an answer that counts its codes in a byte.
func appendCount(b []byte, service byte, n int) ([]byte, error) {
	if n > 0xFF {
		return b, &FormatError{Service: service, Field: "trouble codes", Got: fmt.Sprint(n), Want: "at most 255"}
	}
	return append(b, service, byte(n)), nil
}

// counted gives what follows the count of an answer to one of the services.
func counted(msg []byte, services ...byte) (body []byte, count int, err error) {
	if len(msg) == 0 || !slices.Contains(services, msg[0]-positive) {
		return nil, 0, misfit(msg, fmt.Sprintf("an answer to % X", services))
	}
	if len(msg) < 2 {
		return nil, 0, wrongLength(msg, "2 bytes or more")
	}
	return msg[2:], int(msg[1]), nil
}

func countError(msg []byte, count, size int) error {
	return wrongLength(msg, fmt.Sprintf("%d bytes, %d codes of %d after the count", 2+count*size, count, size))
}
