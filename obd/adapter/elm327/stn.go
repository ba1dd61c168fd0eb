package elm327

import (
	"context"
	"fmt"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

// regSegments has an STN cut long requests into frames.
const regSegments register = "STCSEGT"

// packetMax is the longest request of an STPX: with its command it fits into
// the 512 bytes that an STN1xxx keeps of a line.
const packetMax = 230

// packet has an STN do all of it: header, frames and flow control. A request of
// several frames counts as handed over when it is answered, or has not been.
//
//	STPX H:754,D:22F190,T:250,R:1
func (x *exchange) packet(ctx context.Context, msg []byte) error {
	d, a := x.conn.link.dongle, x.conn.addr
	if err := x.lead(ctx, a, false); err != nil {
		return err
	}
	if len(msg) > 7 {
		if err := d.optional(ctx, regSegments, "1"); err != nil {
			return err
		}
	}
	if err := d.pair(ctx, a.TX, a.RX, a.Extended); err != nil {
		return err
	}
	window := x.window()
	command := fmt.Sprintf("STPX H:%s,D:%s,T:%d", can.FormatID(a.TX, a.Extended), hexOf(msg), window/time.Millisecond)
	if x.conn.learned[x.key] > 0 {
		command += ",R:1" // one message, of whatever length
	}
	written := func() { x.hand(nil) }
	if len(msg) > single(a) {
		written = nil // the chip goes at the unit's pace, and says nothing of it
	}
	x.flows = true
	err := x.stream(ctx, command, window+heldLimit, written)
	x.flows = false
	if err == nil && x.trouble == nil {
		x.hand(nil)
	}
	x.remember(err, true)
	return err
}

// pair tells an STN, once, where flow control for a unit goes.
func (d *Dongle) pair(ctx context.Context, tx, rx uint32, wide bool) error {
	p := pair{tx, rx, wide}
	if d.chip.regs.pairs[p] {
		return nil
	}
	command := "STCFCPA " + can.FormatID(tx, wide) + "," + can.FormatID(rx, wide)
	r, err := d.chip.do(ctx, command, wait{})
	switch {
	case err != nil:
		return err
	case !r.has(wordOK):
		return &UnsupportedError{Command: command}
	}
	d.chip.regs.pairs[p] = true
	return nil
}

type pair struct {
	tx, rx uint32
	wide   bool
}
