package canlog

import (
	"encoding/binary"

	"github.com/untether-obd/untether/obd/can"
)

const (
	optionApplication = 4 // of a section
	nanoseconds       = 9 // the resolution 10^-9

	received = 1
	sent     = 2
)

// appendSection writes what stands before the first packet: a section of
// length not known and its one interface.
func appendSection(b []byte, iface string) []byte {
	le := binary.LittleEndian
	b = appendBlock(b, blockSection, func(b []byte) []byte {
		b = le.AppendUint32(b, orderMagic)
		b = le.AppendUint32(b, 1) // version 1.0
		b = le.AppendUint64(b, ^uint64(0))
		b = appendOption(b, optionApplication, []byte("untether"))
		return appendOption(b, optionEnd, nil)
	})
	return appendBlock(b, blockInterface, func(b []byte) []byte {
		b = le.AppendUint32(b, linkCAN)
		b = le.AppendUint32(b, mtuFD)
		b = appendOption(b, optionName, []byte(iface))
		b = appendOption(b, optionResolution, []byte{nanoseconds})
		return appendOption(b, optionEnd, nil)
	})
}

func appendPacket(b []byte, rx *can.Rx) []byte {
	le := binary.LittleEndian
	direction, ticks := byte(received), uint64(rx.Time.UnixNano())
	if rx.Own {
		direction = sent
	}
	return appendBlock(b, blockPacket, func(b []byte) []byte {
		b = le.AppendUint32(b, 0)
		b = le.AppendUint32(b, uint32(ticks>>32))
		b = le.AppendUint32(b, uint32(ticks))
		size := len(b)
		b = append(b, make([]byte, 8)...)
		b = appendSocket(b, &rx.Frame)
		n := uint32(len(b) - size - 8)
		le.PutUint32(b[size:], n)
		le.PutUint32(b[size+4:], n)
		b = appendOption(b, optionFlags, []byte{direction, 0, 0, 0})
		return appendOption(b, optionEnd, nil)
	})
}

// appendBlock writes a block around a body whose length is a multiple of 4.
func appendBlock(b []byte, kind uint32, body func([]byte) []byte) []byte {
	le := binary.LittleEndian
	begin := len(b)
	b = le.AppendUint32(b, kind)
	b = body(le.AppendUint32(b, 0))
	total := uint32(len(b) - begin + 4)
	le.PutUint32(b[begin+4:], total)
	return le.AppendUint32(b, total)
}

func appendOption(b []byte, code uint16, value []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, code)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	b = append(b, value...)
	return append(b, make([]byte, -len(value)&3)...)
}
