package uds

import "fmt"

// ServiceNegativeResponse is the first byte of every negative response.
const ServiceNegativeResponse byte = 0x7F

// NegativeResponseError is a unit's refusal of a service:
//
//	7F  service  code
//
// errors.Is matches its code: errors.Is(err, uds.RequestOutOfRange).
type NegativeResponseError struct {
	Service byte // the service that was requested
	Code    NRC
}

func (e *NegativeResponseError) Error() string {
	return fmt.Sprintf("service %02X refused: %v", e.Service, e.Code)
}

// Unwrap gives the code.
func (e *NegativeResponseError) Unwrap() error { return e.Code }

// AppendTo appends the three bytes of the response.
func (e *NegativeResponseError) AppendTo(b []byte) []byte {
	return append(b, ServiceNegativeResponse, e.Service, byte(e.Code))
}

// ParseNegative reads a negative response. It reports false for a message
// that is no negative response or is not three bytes long.
func ParseNegative(msg []byte) (*NegativeResponseError, bool) {
	if len(msg) != 3 || msg[0] != ServiceNegativeResponse {
		return nil, false
	}
	return &NegativeResponseError{Service: msg[1], Code: NRC(msg[2])}, true
}
