package passive

import (
	"encoding/binary"

	"github.com/untether-obd/untether/obd/can"
)

type pduKind uint8

const (
	noPDU pduKind = iota
	singleFrame
	firstFrame
	consecutiveFrame
	flowControl
)

// pdu is what a frame means if it is ISO-TP. It shares the frame's memory.
type pdu struct {
	kind   pduKind
	length int  // of the whole message; single and first frame
	number byte // consecutive frame
	data   []byte
}

// parsePDU reads the bytes of a frame behind its address byte, if it has one.
func parsePDU(p []byte) pdu {
	if len(p) == 0 {
		return pdu{}
	}
	switch p[0] >> 4 {
	case 0:
		return parseSingle(p)
	case 1:
		return parseFirst(p)
	case 2:
		return pdu{kind: consecutiveFrame, number: p[0] & 0xF, data: p[1:]}
	case 3:
		if p[0] <= 0x32 && len(p) >= 3 {
			return pdu{kind: flowControl}
		}
	}
	return pdu{}
}

func parseSingle(p []byte) pdu {
	length, data := int(p[0]), p[1:]
	switch {
	case length == 0 && len(p) > can.MaxLen:
		length, data = int(p[1]), p[2:]
	case length >= can.MaxLen:
		return pdu{}
	}
	if length == 0 || length > len(data) {
		return pdu{}
	}
	return pdu{kind: singleFrame, length: length, data: data[:length]}
}

// parseFirst wants a full frame and a length that one frame cannot hold.
func parseFirst(p []byte) pdu {
	if len(p) < can.MaxLen-1 {
		return pdu{}
	}
	length, data := int(p[0]&0xF)<<8|int(p[1]), p[2:]
	if length == 0 {
		length, data = int(binary.BigEndian.Uint32(p[2:])), p[6:]
		if length <= 0xFFF || len(data) == 0 {
			return pdu{}
		}
	}
	if length <= len(data)+1 && len(p) <= can.MaxLen || length <= len(data) {
		return pdu{}
	}
	return pdu{kind: firstFrame, length: length, data: data}
}
