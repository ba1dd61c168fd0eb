package socketcan

import (
	"encoding/binary"
	"fmt"

	"github.com/untether-obd/untether/obd/can"
)

// A frame at the socket is Linux's struct can_frame or canfd_frame, in the
// machine's byte order; which one is told by its size:
//
//	0  4  identifier, with bit 31 extended, 30 remote, 29 error frame
//	4  1  bytes of payload
//	5  1  CAN FD: bit 0 BRS, 1 ESI, 2 it is CAN FD
//	6  2  0
//	8     payload, filled up with 00 to 8 or 64 bytes
const (
	extendedBit = 1 << 31
	remoteBit   = 1 << 30
	errorBit    = 1 << 29

	brsBit = 1
	esiBit = 2
	fdBit  = 4

	headSize = 8
	size     = headSize + can.MaxLen
	sizeFD   = headSize + can.MaxLenFD
)

// encode writes a valid frame and gives its size.
func encode(b *[sizeFD]byte, f *can.Frame) int {
	binary.NativeEndian.PutUint32(b[:], f.ID|idBits(f))
	b[4], b[5], b[6], b[7] = f.Len, 0, 0, 0
	n := size
	if f.Is(can.FD) {
		n, b[5] = sizeFD, fdBits(f)
	}
	clear(b[headSize:])
	if !f.Is(can.Remote) {
		copy(b[headSize:], f.Payload())
	}
	return n
}

func idBits(f *can.Frame) (bits uint32) {
	if f.Is(can.Extended) {
		bits |= extendedBit
	}
	if f.Is(can.Remote) {
		bits |= remoteBit
	}
	if f.Is(can.Error) {
		bits |= errorBit
	}
	return bits
}

func fdBits(f *can.Frame) uint8 {
	bits := uint8(fdBit)
	if f.Is(can.BRS) {
		bits |= brsBit
	}
	if f.Is(can.ESI) {
		bits |= esiBit
	}
	return bits
}

// decode reads a frame. Its error matches can.ErrFrame. What a virtual
// interface carries in an impossible CAN FD length is filled up with 00 to the
// next length, as a controller would.
func decode(b []byte, f *can.Frame) error {
	if len(b) != size && len(b) != sizeFD {
		return fmt.Errorf("%w: %d bytes from the socket", can.ErrFrame, len(b))
	}
	id := binary.NativeEndian.Uint32(b)
	*f = can.Frame{ID: id & can.MaxExtendedID, Len: b[4]}
	switch {
	case id&errorBit != 0:
		f.Flags = can.Error
	case id&extendedBit != 0:
		f.Flags = can.Extended
	}
	if len(b) == sizeFD {
		f.Flags |= can.FD | flagsOf(b[5])
	} else if id&remoteBit != 0 && !f.Is(can.Error) {
		f.Flags |= can.Remote
	}
	if int(f.Len) > len(b)-headSize {
		return fmt.Errorf("%w: %d bytes of payload", can.ErrFrame, f.Len)
	}
	if !f.Is(can.Remote) {
		copy(f.Data[:], b[headSize:headSize+int(f.Len)])
	}
	if f.Is(can.FD) {
		f.Len = can.LenOf(can.DLCOf(f.Len))
	}
	return f.Validate()
}

func flagsOf(bits uint8) (flags can.Flags) {
	if bits&brsBit != 0 {
		flags |= can.BRS
	}
	if bits&esiBit != 0 {
		flags |= can.ESI
	}
	return flags
}
