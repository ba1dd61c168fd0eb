package canlog_test

import (
	"encoding/binary"
	"math"
)

// builder makes capture files of any make, also such that are none.
type builder struct {
	binary.AppendByteOrder
	bytes []byte
}

func (b *builder) u16(v uint16) *builder { b.bytes = b.AppendUint16(b.bytes, v); return b }
func (b *builder) u32(v uint32) *builder { b.bytes = b.AppendUint32(b.bytes, v); return b }
func (b *builder) raw(v ...byte) *builder {
	b.bytes = append(b.bytes, v...)
	return b
}

// pad fills up to a multiple of four.
func (b *builder) pad() *builder { return b.raw(make([]byte, -len(b.bytes)&3)...) }

// block closes a pcapng block around what body wrote.
func (b *builder) block(kind uint32, body func(b *builder)) *builder {
	inner := builder{AppendByteOrder: b.AppendByteOrder}
	body(&inner)
	total := uint32(len(inner.bytes) + 12)
	return b.u32(kind).u32(total).raw(inner.bytes...).u32(total)
}

func (b *builder) section() *builder {
	return b.block(0x0A0D0D0A, func(b *builder) { b.u32(0x1A2B3C4D).u16(1).u16(0).u32(math.MaxUint32).u32(math.MaxUint32) })
}

func (b *builder) option(code uint16, value ...byte) *builder {
	return b.u16(code).u16(uint16(len(value))).raw(value...).pad()
}

func (b *builder) iface(link uint16, options func(b *builder)) *builder {
	return b.block(1, func(b *builder) {
		b.u16(link).u16(0).u32(0)
		if options != nil {
			options(b)
		}
	})
}

func (b *builder) packet(iface uint32, ticks uint64, data []byte, options func(b *builder)) *builder {
	return b.block(6, func(b *builder) {
		b.u32(iface).u32(uint32(ticks >> 32)).u32(uint32(ticks))
		b.u32(uint32(len(data))).u32(uint32(len(data))).raw(data...).pad()
		if options != nil {
			options(b)
		}
	})
}

// pcap writes the header of the old form.
func (b *builder) pcap(magic, link uint32) *builder {
	return b.u32(magic).u16(2).u16(4).u32(0).u32(0).u32(1 << 18).u32(link)
}

func (b *builder) pcapPacket(seconds, fraction uint32, data []byte) *builder {
	return b.u32(seconds).u32(fraction).u32(uint32(len(data))).u32(uint32(len(data))).raw(data...)
}

func little() *builder { return &builder{AppendByteOrder: binary.LittleEndian} }
func big() *builder    { return &builder{AppendByteOrder: binary.BigEndian} }

// request is 7E0#0209 as link type SocketCAN has it.
func request() []byte { return []byte{0, 0, 7, 0xE0, 2, 0, 0, 0, 2, 9, 0, 0, 0, 0, 0, 0} }

// cooked puts a frame of an order into a packet of Linux.
func cooked(order binary.AppendByteOrder, direction byte, protocol uint16, id uint32, rest ...byte) []byte {
	b := builder{AppendByteOrder: binary.BigEndian}
	b.u16(uint16(direction)).u16(280).u16(0).u32(0).u32(0).u16(protocol)
	return append(order.AppendUint32(b.bytes, id), rest...)
}
