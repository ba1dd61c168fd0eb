package uds

import (
	"encoding/binary"
	"fmt"
)

// The services as the first byte of a request. That of a positive response is
// the same plus ResponseOffset.
const (
	ServiceSessionControl       byte = 0x10
	ServiceReset                byte = 0x11
	ServiceClearDTCs            byte = 0x14
	ServiceReadDTCs             byte = 0x19
	ServiceReadData             byte = 0x22
	ServiceSecurityAccess       byte = 0x27
	ServiceCommunicationControl byte = 0x28
	ServiceAuthentication       byte = 0x29
	ServiceReadPeriodic         byte = 0x2A
	ServiceWriteData            byte = 0x2E
	ServiceIOControl            byte = 0x2F
	ServiceRoutineControl       byte = 0x31
	ServiceDownload             byte = 0x34
	ServiceUpload               byte = 0x35
	ServiceTransferData         byte = 0x36
	ServiceTransferExit         byte = 0x37
	ServiceTesterPresent        byte = 0x3E
	ServiceControlDTCs          byte = 0x85
)

// ResponseOffset is what a positive response adds to the service.
const ResponseOffset byte = 0x40

// suppressBit in a request's sub-function asks for no positive response.
const suppressBit byte = 0x80

// FormatError is a message that is not built as its service demands, or a
// value that its field cannot hold.
type FormatError struct {
	Service byte // first byte of the message: 59 is a response to 19
	Field   string
	Got     string
	Want    string
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("uds: %02X: %s: got %s, want %s", e.Service, e.Field, e.Got, e.Want)
}

// decoder takes a message apart. After its first error it yields zeros.
type decoder struct {
	service byte
	rest    []byte
	err     error
}

func decode(msg []byte, service byte) *decoder {
	d := &decoder{service: service}
	switch {
	case len(msg) == 0:
		d.fail("service", "nothing", fmt.Sprintf("%02X", service))
	case msg[0] != service:
		d.fail("service", fmt.Sprintf("%02X", msg[0]), fmt.Sprintf("%02X", service))
	default:
		d.rest = msg[1:]
	}
	return d
}

func (d *decoder) fail(field, got, want string) {
	if d.err == nil {
		d.err = &FormatError{Service: d.service, Field: field, Got: got, Want: want}
		d.rest = nil
	}
}

// take gives the next n bytes, which still belong to the message.
func (d *decoder) take(field string, n int) []byte {
	if n < 0 || n > len(d.rest) {
		d.fail(field, count(len(d.rest)), count(n))
	}
	if d.err != nil {
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

// integer reads n bytes, at most 8, the most significant first.
func (d *decoder) integer(field string, n int) uint64 {
	var v uint64
	for _, b := range d.take(field, n) {
		v = v<<8 | uint64(b)
	}
	return v
}

func (d *decoder) uint8(field string) byte    { return byte(d.integer(field, 1)) }
func (d *decoder) uint16(field string) uint16 { return uint16(d.integer(field, 2)) }
func (d *decoder) uint24(field string) uint32 { return uint32(d.integer(field, 3)) }

// subFunction reads a request's sub-function and its suppress bit.
func (d *decoder) subFunction() (sub byte, suppress bool) {
	b := d.uint8("sub-function")
	return b &^ suppressBit, b&suppressBit != 0
}

// echo reads the sub-function of a response, where bit 7 is 0.
func (d *decoder) echo() byte {
	b := d.uint8("sub-function")
	if b&suppressBit != 0 {
		d.fail("sub-function", fmt.Sprintf("%02X", b), "at most 7F")
	}
	return b
}

// tail gives a copy of all that is left, nil if that is nothing.
func (d *decoder) tail() []byte {
	b := append([]byte(nil), d.rest...)
	d.rest = nil
	return b
}

// end tells the first error; a byte that nobody took is one.
func (d *decoder) end() error {
	if len(d.rest) > 0 {
		d.fail("end of message", count(len(d.rest))+" more", "none")
	}
	return d.err
}

// finish stores v where the whole message was sound.
func finish[T any](d *decoder, into *T, v T) error {
	if err := d.end(); err != nil {
		return err
	}
	*into = v
	return nil
}

func count(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}

// appendSub appends a service and its sub-function.
func appendSub(b []byte, service, sub byte, suppress bool) ([]byte, error) {
	if sub&suppressBit != 0 {
		return b, &FormatError{Service: service, Field: "sub-function", Got: fmt.Sprintf("%02X", sub), Want: "at most 7F"}
	}
	if suppress {
		sub |= suppressBit
	}
	return append(b, service, sub), nil
}

// appendUint24 appends the three bytes of a trouble code.
func appendUint24(b []byte, service byte, v uint32) ([]byte, error) {
	if v > 0xFFFFFF {
		return b, &FormatError{Service: service, Field: "trouble code", Got: fmt.Sprintf("%X", v), Want: "at most FFFFFF"}
	}
	return append(b, byte(v>>16), byte(v>>8), byte(v)), nil
}

// appendID appends a service and a data or routine identifier.
func appendID(b []byte, service byte, id uint16) []byte {
	return binary.BigEndian.AppendUint16(append(b, service), id)
}
