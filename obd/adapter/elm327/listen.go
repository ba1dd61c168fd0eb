package elm327

import (
	"context"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// Listen monitors a segment without an acknowledge: frames with 11 bits first
// and, if there are none, with 29. It tells frames, and what the chip calls an
// error as a frame with the flag Error. A buffer that is full ends the chip's
// monitoring, and so it is begun again.
func (d *Dongle) Listen(ctx context.Context, bitrate int, dur time.Duration, hear func(can.Rx)) error {
	if d.chip.caps.Raw == No {
		return &adapter.CannotListenError{Reason: "the dongle does not show frames as they are"}
	}
	if err := d.leave(); err != nil {
		return err
	}
	if err := d.take(ctx); err != nil {
		return err
	}
	defer d.letGo()
	if err := d.silent(ctx); err != nil {
		return err
	}
	e := &ear{dongle: d, bitrate: bitrate, hear: hear}
	until := time.Now().Add(dur)
	err := e.listen(ctx, until.Add(-dur/2), false)
	if err == nil && !e.full {
		err = e.listen(ctx, until, !e.heard)
	}
	return err
}

// ear is one time of listening.
type ear struct {
	dongle  *Dongle
	bitrate int
	hear    func(can.Rx)
	heard   bool // frames
	full    bool // the bus fills the chip's buffer as fast as it can be read
}

// silent has the chip monitor without acknowledges. One that lacks the command
// never acknowledges then.
func (d *Dongle) silent(ctx context.Context) error {
	if err := d.optional(ctx, regSilent, unheard); err != nil {
		return err
	}
	return d.optional(ctx, regLong, "1")
}

// listen monitors in one format until a moment. If the bus fills the buffer it
// ends before that, at a prompt: an interruption would meet the chip in the
// middle of saying so.
func (e *ear) listen(ctx context.Context, until time.Time, wide bool) error {
	d := e.dongle
	if err := d.protocol(ctx, segment{transport.UsualPins, e.bitrate}, wide); err != nil {
		return err
	}
	none := "000"
	if wide {
		none = "00000000"
	}
	if err := d.sets(ctx, []setpoint{{regFormat, "0"}, {regFilter, none}, {regMask, none}}); err != nil {
		return err
	}
	for left := time.Until(until); left > 0; left = time.Until(until) {
		began := time.Now()
		if err := d.chip.stream(ctx, "ATMA", wait{quiet: left, total: left}, func(l line) bool {
			e.line(l, wide)
			return false
		}); err != nil {
			return err
		}
		if took := time.Since(began); took < left && time.Until(until) < took+took/2 {
			e.full = true
			return nil
		}
	}
	return nil
}

func (e *ear) line(l line, wide bool) {
	if rx, ok := noticed(l, wide); ok {
		e.heard = e.heard || !rx.Frame.Is(can.Error)
		e.hear(rx)
	}
}

// noticed is a line of monitoring as a frame.
func noticed(l line, wide bool) (rx can.Rx, ok bool) {
	rx.Time = l.at
	switch l.word {
	case wordNone:
		if l.kind == kindData {
			rx.Frame, ok = frameOf(l.text, wide)
		}
		return rx, ok
	case wordCANError, wordRxError, wordDataError, wordBusError:
		rx.Frame = can.Frame{ID: can.ErrProtocol, Flags: can.Error, Len: 8}
		return rx, true
	}
	return rx, false
}
