package can

import "time"

// Bits is how much of the wire's time a frame takes, stuff bits and the three
// bits of interframe space included.
type Bits struct {
	Nominal int // at the nominal bit rate
	Data    int // at the data bit rate: CAN FD with BRS only
}

// Duration is the time that b takes at these bit rates in bit/s. Without a
// data bit rate all bits are nominal; without any bit rate there is no time.
func (b Bits) Duration(bitrate, dataBitrate int) time.Duration {
	if bitrate <= 0 {
		return 0
	}
	if dataBitrate <= 0 {
		dataBitrate = bitrate
	}
	return bitTime(b.Nominal, bitrate) + bitTime(b.Data, dataBitrate)
}

func bitTime(bits, rate int) time.Duration {
	return time.Duration(bits) * time.Second / time.Duration(rate)
}

// Lengths of fields that are never stuffed dynamically.
const (
	intermission = 3
	endOfFrame   = 7
	// CRC delimiter, ACK slot, ACK delimiter.
	acknowledge = 3
	tail        = acknowledge + endOfFrame + intermission
)

// FrameBits counts the bits of a valid frame as they are on the wire:
//
//	classic, 11-bit  SOF ID11 RTR IDE r0 DLC4 data CRC15 │ delimiter ACK delimiter EOF7 IFS3
//	classic, 29-bit  SOF ID11 SRR IDE ID18 RTR r1 r0 DLC4 data CRC15 │ ...
//	FD, 11-bit       SOF ID11 RRS IDE FDF res BRS ESI DLC4 data │ count4 CRC17/21 fixed stuff, ...
//	FD, 29-bit       SOF ID11 SRR IDE ID18 RRS FDF res BRS ESI DLC4 data │ ...
//
// Left of the bar a complementary bit follows five equal ones. The switch of
// the rate happens inside the BRS bit and the CRC delimiter; with the sample
// point at the same share of both bit times that equals one whole nominal BRS
// bit and one whole delimiter at the data rate.
func FrameBits(f *Frame) Bits {
	var c coder
	c.put(0, 1)
	c.arbitration(f)
	if f.Is(FD) {
		return c.fd(f)
	}
	return c.classic(f)
}

func (c *coder) arbitration(f *Frame) {
	rtr := flag(f, Remote)
	if !f.Is(Extended) {
		c.put(f.ID, 11)
		c.put(rtr, 1)
		c.put(0, 1) // IDE
		return
	}
	c.put(f.ID>>18, 11)
	c.put(0b11, 2) // SRR, IDE
	c.put(f.ID, 18)
	c.put(rtr, 1)
}

func (c *coder) classic(f *Frame) Bits {
	reserved := 1 // r0
	if f.Is(Extended) {
		reserved = 2 // r1, r0
	}
	c.put(0, reserved)
	c.put(uint32(f.Len), 4)
	if !f.Is(Remote) {
		c.bytes(f.Payload())
	}
	c.put(uint32(c.crc), 15)
	c.stuff() // five equal bits may end the sequence
	return Bits{Nominal: c.bits + tail}
}

func (c *coder) fd(f *Frame) Bits {
	c.put(0b10, 2) // FDF, res
	c.put(flag(f, BRS), 1)
	nominal := c.bits
	c.put(flag(f, ESI), 1)
	c.put(uint32(DLCOf(f.Len)), 4)
	c.bytes(f.Payload())
	data := c.bits - nominal + checksum(f.Len) + 1 // and the CRC delimiter
	nominal += tail - 1
	if !f.Is(BRS) {
		return Bits{Nominal: nominal + data}
	}
	return Bits{Nominal: nominal, Data: data}
}

// checksum is the length of FD's CRC field: the stuff count, the CRC, and a
// fixed stuff bit before the count and after every four bits. Its content
// changes nothing about its length; if five equal bits come before it the
// first fixed bit stands for the dynamic one.
func checksum(n uint8) int {
	if n > 16 {
		return 4 + 21 + 7
	}
	return 4 + 17 + 6
}

func flag(f *Frame, want Flags) uint32 {
	if f.Is(want) {
		return 1
	}
	return 0
}

// coder counts the bits of the stuffed part of a frame.
type coder struct {
	bits int    // so far, stuff bits included
	crc  uint16 // of the classic frame so far, stuff bits not included
	last uint32
	run  int // how many bits equal to last came last
}

// put appends the lowest n bits of v, most significant first.
func (c *coder) put(v uint32, n int) {
	for n--; n >= 0; n-- {
		c.bit(v >> n & 1)
	}
}

func (c *coder) bytes(data []byte) {
	for _, b := range data {
		c.put(uint32(b), 8)
	}
}

func (c *coder) bit(b uint32) {
	c.stuff()
	if b != c.last {
		c.last, c.run = b, 0
	}
	c.run++
	c.bits++
	c.shift(b)
}

func (c *coder) stuff() {
	if c.run == 5 {
		c.last, c.run = c.last^1, 1
		c.bits++
	}
}

// shift is the CRC-15 of CAN: x15+x14+x10+x8+x7+x4+x3+1.
func (c *coder) shift(b uint32) {
	const polynomial = 0x4599
	next := uint16(b) ^ c.crc>>14&1
	c.crc = c.crc << 1 & 0x7FFF
	if next != 0 {
		c.crc ^= polynomial
	}
}
