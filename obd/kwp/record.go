package kwp

import "fmt"

// hasIdentifier lists the services whose first parameter is one byte that the
// answer repeats.
func hasIdentifier(service byte) bool {
	switch service {
	case StartDiagnosticSession, ReadFreezeFrameData, ReadECUIdentification,
		ReadDataByLocalIdentifier, StartRoutineByLocalIdentifier, WriteDataByLocalIdentifier:
		return true
	}
	return false
}

// Access is a request of 10, 12, 1A, 21, 31 or 3B:
//
//	service  id  data ...
//
// ID is the session, frame, option, local identifier or routine. Data is what
// to write, the routine's input, or a maker's addition (1A 88 01).
type Access struct {
	Service byte
	ID      byte
	Data    []byte
}

// AppendBinary appends the message.
func (r Access) AppendBinary(b []byte) ([]byte, error) {
	return append(append(b, r.Service, r.ID), r.Data...), nil
}

// Record is the answer to an Access:
//
//	service+40  id  data ...
type Record struct {
	Service byte // as in the request
	ID      byte
	Data    []byte
}

// AppendBinary appends the message.
func (r Record) AppendBinary(b []byte) ([]byte, error) {
	return append(append(b, r.Service+positive, r.ID), r.Data...), nil
}

// ParseRecord reads the answer to an Access. Data shares msg's memory. Its
// error is a *FormatError.
func ParseRecord(msg []byte) (Record, error) {
	switch {
	case len(msg) == 0 || !hasIdentifier(msg[0]-positive):
		return Record{}, misfit(msg, "an answer with an identifier")
	case len(msg) < 2:
		return Record{}, wrongLength(msg, "2 bytes or more")
	}
	return Record{Service: msg[0] - positive, ID: msg[1], Data: msg[2:]}, nil
}

// Present is the keep-alive 3E. Its parameter says whether the unit shall
// answer: 01 yes, 02 no; a bare 3E is answered.
type Present struct {
	Bare   bool // no parameter
	Silent bool // 02; a bare one is never silent
}

const presentAnswered, presentSilent byte = 0x01, 0x02

// AppendBinary appends the message.
func (p Present) AppendBinary(b []byte) ([]byte, error) {
	switch {
	case p.Bare:
		return append(b, TesterPresent), nil
	case p.Silent:
		return append(b, TesterPresent, presentSilent), nil
	}
	return append(b, TesterPresent, presentAnswered), nil
}

func parsePresent(msg []byte) (Request, error) {
	switch {
	case len(msg) == 1:
		return Present{Bare: true}, nil
	case len(msg) > 2:
		return nil, wrongLength(msg, "1 or 2 bytes")
	case msg[1] != presentAnswered && msg[1] != presentSilent:
		return nil, &FormatError{
			Service: TesterPresent, Field: "response required", Got: fmt.Sprintf("%02X", msg[1]), Want: "01 or 02",
		}
	}
	return Present{Silent: msg[1] == presentSilent}, nil
}

// Presence is the answer to Present.
type Presence struct{}

// AppendBinary appends the message.
func (Presence) AppendBinary(b []byte) ([]byte, error) {
	return append(b, TesterPresent+positive), nil
}

// Stop ends the diagnostic session (20).
type Stop struct{}

// AppendBinary appends the message.
func (Stop) AppendBinary(b []byte) ([]byte, error) {
	return append(b, StopDiagnosticSession), nil
}

// Stopped is the answer to Stop.
type Stopped struct{}

// AppendBinary appends the message.
func (Stopped) AppendBinary(b []byte) ([]byte, error) {
	return append(b, StopDiagnosticSession+positive), nil
}

// Negative is a refusal:
//
//	7F  service  code
type Negative struct {
	Service byte
	Code    byte
}

// AppendBinary appends the message.
func (n Negative) AppendBinary(b []byte) ([]byte, error) {
	return append(b, NegativeResponse, n.Service, n.Code), nil
}

func parseNegative(msg []byte) (Answer, error) {
	if err := length(msg, 3); err != nil {
		return nil, err
	}
	return Negative{Service: msg[1], Code: msg[2]}, nil
}
