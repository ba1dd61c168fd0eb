package slcan

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
)

var _ adapter.Carrier = (*Dongle)(nil)

// Carry puts our ISO-TP upon a bus. Behind a UART units are asked to send no
// faster than that carries, and to wait for us now and then: a dongle that is
// given more throws it away.
func (d *Dongle) Carry(bus can.Bus) (adapter.CarriedLink, error) {
	link := isotp.NewLink(bus)
	if d.options.UART == 0 {
		return link, nil
	}
	return &gentle{Link: link, gap: lineTime(d.options.UART)}, nil
}

// gentle is a link over a slow line.
type gentle struct {
	*isotp.Link
	gap time.Duration // between consecutive frames
}

// block is how many frames a dongle can surely keep.
const block = 16

// Dial opens a conversation; what p asks for beyond that stays.
func (g *gentle) Dial(ctx context.Context, a transport.Address, p transport.Params) (transport.Conn, error) {
	p.STmin = max(p.STmin, g.gap)
	if p.BS == 0 || p.BS > block {
		p.BS = block
	}
	return g.Link.Dial(ctx, a, p)
}

// lineTime is what the longest line of a classic frame takes: a letter, 8
// digits, a length, 8 bytes, a time and the CR, of ten bits each.
func lineTime(baud int) time.Duration {
	const bits = 10 * (1 + 8 + 1 + 16 + stampDigits + 1)
	return bits * time.Second / time.Duration(baud)
}

// hasUART reports whether there may be a UART behind a serial port: dongles
// that are serial ports themselves have none.
func hasUART(path string) bool {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	name := filepath.Base(path)
	return !strings.HasPrefix(name, "ttyACM") && !strings.Contains(name, ".usbmodem")
}
