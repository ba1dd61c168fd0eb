package canlog

import (
	"encoding/binary"

	"github.com/untether-obd/untether/obd/can"
)

// A frame in a packet is Linux's struct can_frame or canfd_frame:
//
//	0  4  identifier, with bit 31 extended, 30 remote, 29 error frame
//	4  1  bytes of payload (of CAN XL flags, the highest bit set)
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
	xlBit  = 0x80

	socketHead = 8
	mtu        = socketHead + can.MaxLen
	mtuFD      = socketHead + can.MaxLenFD
)

// Link types of https://www.tcpdump.org/linktypes.html that carry CAN.
const (
	linkCooked  = 113 // LINUX_SLL
	linkCAN     = 227 // CAN_SOCKETCAN
	linkCooked2 = 276 // LINUX_SLL2
)

// Protocols of cooked packets, linux/if_ether.h.
const (
	protocolCAN   = 0x000C
	protocolCANFD = 0x000D
)

// outgoing is the type of a cooked packet that this machine sent.
const outgoing = 4

const reasonNotCAN = "not a CAN packet"

// packet is a packet of a file. In cooked ones the identifier has the byte
// order of the machine that wrote the file, else the network's.
type packet struct {
	link  uint16
	order binary.ByteOrder
	data  []byte
	iface string
	own   bool
}

// frame gives the packet's frame; of a cooked one it learns whether it is own.
func (p *packet) frame() (can.Frame, string) {
	switch {
	case p.link == linkCAN:
		return parseSocket(p.data, binary.BigEndian, isFD(p.data))
	case p.link == linkCooked && len(p.data) >= 16:
		p.own = p.own || binary.BigEndian.Uint16(p.data) == outgoing
		return parseCooked(p.data[16:], p.order, binary.BigEndian.Uint16(p.data[14:]))
	case p.link == linkCooked2 && len(p.data) >= 20:
		p.own = p.own || p.data[10] == outgoing
		return parseCooked(p.data[20:], p.order, binary.BigEndian.Uint16(p.data))
	}
	return can.Frame{}, reasonNotCAN
}

func parseCooked(b []byte, order binary.ByteOrder, protocol uint16) (can.Frame, string) {
	if protocol != protocolCAN && protocol != protocolCANFD {
		return can.Frame{}, reasonNotCAN
	}
	return parseSocket(b, order, protocol == protocolCANFD)
}

// isFD tells CAN FD where nothing around the frame does. Old kernels did not
// set the bit; then the size does.
func isFD(b []byte) bool {
	return len(b) >= socketHead && (b[5]&fdBit != 0 || b[4] > can.MaxLen || len(b) == mtuFD)
}

func parseSocket(b []byte, order binary.ByteOrder, fd bool) (f can.Frame, reason string) {
	if len(b) < socketHead || b[4]&xlBit == 0 && len(b) < socketHead+int(b[4]) && order.Uint32(b)&remoteBit == 0 {
		return f, "a frame cut off"
	}
	id := order.Uint32(b)
	f = can.Frame{ID: id &^ (extendedBit | remoteBit | errorBit), Len: b[4]}
	switch {
	case id&errorBit != 0:
		f.Flags = can.Error
	case id&extendedBit != 0:
		f.Flags = can.Extended
	}
	if id&remoteBit != 0 {
		f.Flags |= can.Remote
	}
	if fd {
		f.Flags |= can.FD | fdFlags(b[5])
	}
	if f.Validate() != nil {
		return f, reasonFrame
	}
	if !f.Is(can.Remote) {
		copy(f.Payload(), b[socketHead:])
	}
	return f, ""
}

// fdFlags are the flags of both Linux and candump's ##.
func fdFlags(bits uint8) (flags can.Flags) {
	if bits&brsBit != 0 {
		flags |= can.BRS
	}
	if bits&esiBit != 0 {
		flags |= can.ESI
	}
	return flags
}

// appendSocket writes a frame in the network's byte order and full size, as
// the kernel hands it out.
func appendSocket(b []byte, f *can.Frame) []byte {
	id, bits, size := f.ID, uint8(0), mtu
	switch {
	case f.Is(can.Extended):
		id |= extendedBit
	case f.Is(can.Error):
		id |= errorBit
	}
	if f.Is(can.Remote) {
		id |= remoteBit
	}
	if f.Is(can.FD) {
		bits, size = socketBits(f), mtuFD
	}
	b = binary.BigEndian.AppendUint32(b, id)
	b = append(b, f.Len, bits, 0, 0)
	return append(b, f.Data[:size-socketHead]...)
}

func socketBits(f *can.Frame) uint8 {
	bits := uint8(fdBit)
	if f.Is(can.BRS) {
		bits |= brsBit
	}
	if f.Is(can.ESI) {
		bits |= esiBit
	}
	return bits
}
