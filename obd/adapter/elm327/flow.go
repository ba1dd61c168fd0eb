package elm327

import (
	"time"

	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
)

// slowestBaud is taken for the speed of a dongle's own serial line where it
// hides behind a network: no ELM327 is slower.
const slowestBaud = 38_400

// lineTime is how long the chip takes to print a whole frame. Frames that come
// faster pile up in its buffer until it is full.
func lineTime(baud int, wide bool) time.Duration {
	if baud == 0 {
		baud = slowestBaud
	}
	characters := 3 + 2*8 + 1
	if wide {
		characters += 5
	}
	return time.Duration(characters) * 10 * time.Second / time.Duration(baud)
}

// gap is the least time between consecutive frames that we ask of a unit.
func gap(asked time.Duration, baud int, wide bool) time.Duration {
	return isotp.DecodeSTmin(isotp.EncodeSTmin(max(asked, lineTime(baud, wide))))
}

// clearance is the flow control that the chip shall send: go on without end,
// since not all chips repeat it after a block.
func clearance(stmin time.Duration) string {
	return hexOf([]byte{0x30, 0, isotp.EncodeSTmin(stmin)})
}

// flowByDefault reports whether the chip sends flow control to the right
// identifier by itself: the emission units' (ISO 15765-4).
func flowByDefault(a transport.Address) bool {
	switch {
	case a.HasAE:
		return false
	case a.Extended:
		return a.TX>>16 == 0x18DA && a.RX == a.TX&0x1FFF0000|a.TX&0xFF<<8|a.TX>>8&0xFF || a.TX>>16 == 0x18DB
	case a.Functional():
		return a.TX == 0x7DF && a.RX >= 0x7E8 && a.RXLast <= 0x7EF
	}
	return a.TX >= 0x7E0 && a.TX <= 0x7E7 && a.RX == a.TX+8
}

// consecutive counts the frames that follow a first frame with this content,
// which begins after the address byte.
func consecutive(ae int, content []byte) (total, frames int) {
	if len(content) < 2 {
		return 0, 0
	}
	total, head := int(content[0]&0xF)<<8|int(content[1]), 6-ae
	if total == 0 && len(content) >= 6 {
		total = int(content[2])<<24 | int(content[3])<<16 | int(content[4])<<8 | int(content[5])
		head -= 4
	}
	left, each := max(total-head, 0), 7-ae
	return total, (left + each - 1) / each
}
