package elm327

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/untether-obd/untether/obd/transport"
)

// road is how a request gets to a unit and its answer back.
type road uint8

const (
	roadWhole  road = iota // the chip makes frames of up to 7 bytes, and sends flow control
	roadPacket             // STPX: an STN does all of it
	roadFrames             // frames of our own making, and flow control
)

// road chooses. The chip's own flow control is quicker than ours, as emission
// units want it (ISO 15765-4). But to each other unit it takes one setting
// more, and cheap chips cannot keep what comes without a pause.
func (c *conn) road(msg []byte) road {
	able, length := &c.link.dongle.chip.caps, len(msg)
	switch {
	case able.Raw == No:
		return roadWhole
	case c.careful, c.addr.HasAE:
		return roadFrames
	case c.addr.Functional() && flowByDefault(c.addr):
		return roadWhole
	case c.addr.Functional():
		return roadFrames
	case c.par.STmin > 0 || c.par.BS > 0, able.cheap() && msg[0] >= firstOfUDS, length <= single(c.addr) && c.stays():
		return roadFrames
	case able.Messages == Yes && able.FlowPair == Yes && length <= packetMax:
		return roadPacket
	case length <= single(c.addr) && flowByDefault(c.addr):
		return roadWhole
	}
	return roadFrames
}

// firstOfUDS is beyond the services of J1979.
const firstOfUDS = 0x10

// stays reports whether the chip sends frames of our making already, and it
// takes more to leave that than to stay.
func (c *conn) stays() bool {
	chip := c.link.dongle.chip
	return chip.regs.has(regFormat, "0") && !chip.caps.cheap()
}

// cheap reports whether a chip lacks what every original has: it is a clone, of
// which more than its commands may be missing.
func (c *Capabilities) cheap() bool { return c.Parameters == No }

// request makes the request, on whatever road.
func (x *exchange) request(ctx context.Context, msg []byte) error {
	x.service, x.key = msg[0], hexOf(msg)
	if x.conn.link.kline != nil {
		return x.klineMessage(ctx, msg)
	}
	switch x.conn.road(msg) {
	case roadWhole:
		return x.whole(ctx, msg)
	case roadPacket:
		return x.packet(ctx, msg)
	}
	return x.main.send(x.now(), msg)
}

// whole has the chip make the frame.
func (x *exchange) whole(ctx context.Context, msg []byte) error {
	if err := x.settings(ctx, x.conn.addr, false); err != nil {
		return err
	}
	if err := x.flow(ctx); err != nil {
		return err
	}
	count := x.conn.learned[x.key]
	window := x.window()
	if err := x.timeout(ctx, window, false); err != nil {
		return err
	}
	x.flows = true
	err := x.stream(ctx, hexOf(msg)+digit(count), window+heldLimit, func() { x.hand(nil) })
	x.flows = false
	x.doubt()
	x.remember(err, x.frames == x.positive) // what answered otherwise may do so again
	return err
}

// errCut is a reply of a cheap chip that is so long that more may be missing.
var errCut = &ChipError{Said: "as much as it can", Err: transport.ErrOverrun, sent: transport.SentYes}

// doubt notes that others of a group may have answered too.
func (x *exchange) doubt() {
	if x.conn.addr.Functional() && x.chip.caps.cheap() && x.frames > burst {
		x.conn.careful = true
		x.conn.loses(x, errCut)
	}
}

// remember learns how many frames answer a request, once all have come and
// the chip has waited for more; if sure, they are as many the next time.
// Nothing is learned of a unit that said 78.
func (x *exchange) remember(err error, sure bool) {
	if sure && err == nil && x.trouble == nil && x.conn.lost(x) == nil && !x.deferred && x.frames > 0 && x.open == 0 {
		x.conn.learned[x.key] = x.frames
	} else {
		delete(x.conn.learned, x.key)
	}
}

// digit is the count behind a request; without one the chip waits for more.
func digit(count int) string {
	if count < 1 || count > 15 {
		return ""
	}
	return fmt.Sprintf("%X", count)
}

// stream makes a request and takes the answers up to the prompt. written is
// called as soon as the chip has been given it.
func (x *exchange) stream(ctx context.Context, command string, quiet time.Duration, written func()) error {
	before := x.frames
	err := x.once(ctx, command, quiet, written)
	if err != nil || x.frames > before || !x.turnedAway() {
		return err
	}
	if err := pause(ctx, busyRest); err != nil {
		return err
	}
	return x.once(ctx, command, quiet, nil)
}

// busyRest is how long a bus is left alone that was busy.
const busyRest = 50 * time.Millisecond

// turnedAway reports, once in an exchange, whether the chip found the bus busy:
// then nothing was sent, and it may be tried again.
func (x *exchange) turnedAway() bool {
	said, ok := errors.AsType[*ChipError](x.trouble)
	if !ok || !said.busy || x.patient {
		return false
	}
	x.trouble, x.patient = nil, true
	return true
}

// once is one try of stream.
func (x *exchange) once(ctx context.Context, command string, quiet time.Duration, written func()) error {
	if err := x.chip.ready(ctx); err != nil {
		return err
	}
	d := x.conn.link.dongle
	x.writing = true
	d.port.written = written
	defer func() { d.port.written = nil }()
	return x.survive(x.chip.stream(ctx, command, wait{quiet: quiet}, x.line))
}
