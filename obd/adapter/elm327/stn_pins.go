package elm327

import (
	"context"

	"github.com/untether-obd/untether/obd/transport"
)

// segment is where a link is, or was when somebody dialled.
type segment struct {
	pins string
	rate int // bit/s
}

// secondPins are those of the second CAN of cars, which STN22xx and the dongles
// built around an STN11xx reach: MS-CAN.
const secondPins = "3/11"

// secondary are the protocols of an STN at those pins: with 11 bits, with 29.
var secondary = [2]string{"53", "54"}

var _ transport.Pins = (*link)(nil)

// Reaches reports whether the chip has protocols for those pins. Whether its
// board has wires to them it does not know.
func (l *link) Reaches(pins string, bitrate int) bool {
	if l.kline != nil || bitrate <= 0 {
		return false
	}
	return pins == transport.UsualPins || pins == secondPins && l.dongle.chip.caps.STN == Yes
}

// Switch goes to other pins, and back. Nothing is sent there.
func (l *link) Switch(ctx context.Context, pins string, bitrate int) error {
	err := l.reason()
	if err == nil && !l.Reaches(pins, bitrate) {
		err = transport.ErrForm
	}
	if err == nil {
		err = l.dongle.take(ctx)
	}
	if err != nil {
		return &transport.OpError{Op: "switch", Sent: transport.SentNo, Err: err}
	}
	defer l.dongle.letGo()
	to := segment{pins, bitrate}
	if err := l.dongle.protocol(ctx, to, false); err != nil {
		l.lost(err)
		return &transport.OpError{Op: "switch", Sent: transport.SentNo, Err: reason(err)}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.at = to
	return nil
}

// here reports whether a conversation is one of the segment that the link is on.
func (l *link) here(c *conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.at == c.at
}
