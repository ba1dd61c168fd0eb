// Package kwp encodes and decodes the messages of KWP 2000 (ISO 14230-3) that
// units on a CAN bus speak, requests and answers alike. It does no I/O and is
// used by testers and by simulated units. Standard library only.
//
// A positive answer begins with the service plus 40; a negative one is 7F,
// service, code.
//
//	service  request                     answer                                   types
//	10       session, data               session, data                            Access, Record
//	12       frame, what to read         frame, data                              Access, Record
//	13       group (2) or nothing        count, count x code (2)                  Group, Codes
//	14       group (2)                   group (2)                                Group, Cleared
//	17       code or group (2)           count, count x (code (2), status), more  Group, Statuses
//	18       status, group (2)           count, count x (code (2), status)        Group, Statuses
//	1A       option, data                option, data                             Access, Record
//	20       -                           -                                        Stop, Stopped
//	21       local id, data              local id, data                           Access, Record
//	31       routine, data               routine, data                            Access, Record
//	3B       local id, data              local id                                 Access, Record
//	3E       nothing, 01 or 02           -                                        Present, Presence
package kwp

import (
	"encoding"
	"fmt"
)

// The services.
const (
	StartDiagnosticSession        byte = 0x10
	ReadFreezeFrameData           byte = 0x12
	ReadDiagnosticTroubleCodes    byte = 0x13
	ClearDiagnosticInformation    byte = 0x14
	ReadStatusOfDTC               byte = 0x17
	ReadDTCByStatus               byte = 0x18
	ReadECUIdentification         byte = 0x1A
	StopDiagnosticSession         byte = 0x20
	ReadDataByLocalIdentifier     byte = 0x21
	StartRoutineByLocalIdentifier byte = 0x31
	WriteDataByLocalIdentifier    byte = 0x3B
	TesterPresent                 byte = 0x3E
	NegativeResponse              byte = 0x7F
)

// positive is what a positive answer adds to the service.
const positive byte = 0x40

// StandardSession is the session that a unit wakes up in.
const StandardSession byte = 0x81

// AllGroups is the group of trouble codes that holds every code.
const AllGroups uint16 = 0xFF00

// Request is one of Access, Group, Present and Stop.
type Request encoding.BinaryAppender

// Answer is one of Record, Codes, Statuses, Cleared, Presence, Stopped and
// Negative.
type Answer encoding.BinaryAppender

// ParseRequest reads a request. Data of the result shares msg's memory. Its
// error is a *FormatError.
func ParseRequest(msg []byte) (Request, error) {
	if len(msg) == 0 {
		return nil, misfit(msg, "a service")
	}
	switch msg[0] {
	case TesterPresent:
		return parsePresent(msg)
	case StopDiagnosticSession:
		return Stop{}, length(msg, 1)
	case ReadDiagnosticTroubleCodes, ClearDiagnosticInformation, ReadStatusOfDTC, ReadDTCByStatus:
		return parseGroup(msg)
	}
	if !hasIdentifier(msg[0]) {
		return nil, misfit(msg, "a service of KWP 2000")
	}
	if len(msg) < 2 {
		return nil, wrongLength(msg, "2 bytes or more")
	}
	return Access{Service: msg[0], ID: msg[1], Data: msg[2:]}, nil
}

// ParseAnswer reads an answer, positive or negative. Data of the result shares
// msg's memory. Its error is a *FormatError.
func ParseAnswer(msg []byte) (Answer, error) {
	if len(msg) == 0 {
		return nil, misfit(msg, "a service")
	}
	switch service := msg[0] - positive; {
	case msg[0] == NegativeResponse:
		return parseNegative(msg)
	case service == TesterPresent:
		return Presence{}, length(msg, 1)
	case service == StopDiagnosticSession:
		return Stopped{}, length(msg, 1)
	case service == ReadDiagnosticTroubleCodes:
		return ParseCodes(msg)
	case service == ClearDiagnosticInformation:
		return parseCleared(msg)
	case service == ReadStatusOfDTC, service == ReadDTCByStatus:
		return ParseStatuses(msg)
	case hasIdentifier(service):
		return ParseRecord(msg)
	}
	return nil, misfit(msg, "an answer of KWP 2000")
}

// FormatError is a message that is not built as its service demands, or a
// value that its field cannot hold.
type FormatError struct {
	Service byte // first byte of the message: 58 is an answer to 18
	Field   string
	Got     string
	Want    string
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("kwp: %02X: %s: got %s, want %s", e.Service, e.Field, e.Got, e.Want)
}

// misfit is the error of a message whose first byte is not one that is wanted.
func misfit(msg []byte, want string) error {
	if len(msg) == 0 {
		return &FormatError{Field: "service", Got: "nothing", Want: want}
	}
	return &FormatError{Service: msg[0], Field: "service", Got: fmt.Sprintf("%02X", msg[0]), Want: want}
}

// length checks the length of a whole message.
func length(msg []byte, n int) error {
	if len(msg) != n {
		return wrongLength(msg, fmt.Sprintf("%d bytes", n))
	}
	return nil
}

func wrongLength(msg []byte, want string) error {
	return &FormatError{Service: msg[0], Field: "length", Got: fmt.Sprintf("%d bytes", len(msg)), Want: want}
}
