// Package j1979 encodes and decodes the messages of SAE J1979 (ISO 15031-5) as
// they are on CAN, and those of J1979-2, which moves the same data to UDS. It
// does no I/O and is used by testers and by simulated units. Standard library
// only.
//
//	service  request              positive answer                                    types
//	01       PID, up to six       41 { PID, data }                                   Request, Values
//	02       { PID, frame }       42 { PID, frame, data }                            Request, Values
//	03       -                    43 count { code (2) }                              Request, Codes
//	05       TID, sensor          45 TID, sensor, data                               Request, SensorTest
//	06       MID, up to six       46 { MID, TID, unit, value (2), min (2), max (2) } Request, Results
//	07       -                    47 as 03                                           Request, Codes
//	09       InfoType             49 InfoType, count, data                           Request, Info
//	0A       -                    4A as 03                                           Request, Codes
//
// An identifier that is a multiple of 20 asks which of the next 32 are
// supported; four bytes of mask stand for the data (Mask, Set).
package j1979

import "fmt"

// The services.
const (
	CurrentData    byte = 0x01
	FreezeFrame    byte = 0x02
	StoredCodes    byte = 0x03
	SensorTests    byte = 0x05 // oxygen sensors; on CAN most cars have 06 instead
	MonitorTests   byte = 0x06
	PendingCodes   byte = 0x07
	VehicleInfo    byte = 0x09
	PermanentCodes byte = 0x0A
)

const positive byte = 0x40

// FormatError is a message that is not built as its service demands, or a
// value that its field cannot hold. It never quotes data.
type FormatError struct {
	Service byte // first byte of the message: 49 is an answer to 09
	Field   string
	Got     string
	Want    string
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("j1979: %02X: %s: got %s, want %s", e.Service, e.Field, e.Got, e.Want)
}

// body gives what follows the service of an answer to one of the services.
func body(msg []byte, services ...byte) ([]byte, error) {
	if len(msg) == 0 {
		return nil, &FormatError{Field: "service", Got: "nothing", Want: answersTo(services)}
	}
	for _, s := range services {
		if msg[0] == s+positive {
			return msg[1:], nil
		}
	}
	return nil, &FormatError{Service: msg[0], Field: "service", Got: fmt.Sprintf("%02X", msg[0]), Want: answersTo(services)}
}

func answersTo(services []byte) string { return fmt.Sprintf("an answer to % X", services) }

func wrongLength(service byte, field string, got int, want string) error {
	return &FormatError{Service: service, Field: field, Got: fmt.Sprintf("%d bytes", got), Want: want}
}
