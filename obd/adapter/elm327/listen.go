package elm327

import (
	"context"
	"time"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// Listen monitors a segment without an acknowledge: frames with 11 bits first
// and, if there are none, with 29. It tells frames, and what the chip calls an
// error as a frame with the flag Error. A buffer that is full ends the chip's
// monitoring, and so it is begun again.
func (d *Dongle) Listen(ctx context.Context, bitrate int, dur time.Duration, hear func(can.Rx)) error {
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
	until := time.Now().Add(dur)
	heard, err := d.monitored(ctx, bitrate, false, time.Now().Add(dur/2), hear)
	for err == nil && time.Until(until) > 0 {
		var more bool
		more, err = d.monitored(ctx, bitrate, !heard, until, hear)
		heard = heard || more
	}
	return err
}

// silent has the chip monitor without acknowledges. One that lacks the command
// never acknowledges then.
func (d *Dongle) silent(ctx context.Context) error {
	if err := d.optional(ctx, regSilent, "1"); err != nil {
		return err
	}
	return d.optional(ctx, regLong, "1")
}

// monitored listens in one format until a moment and says whether there were
// frames.
func (d *Dongle) monitored(ctx context.Context, bitrate int, wide bool, until time.Time, hear func(can.Rx)) (heard bool, err error) {
	if err := d.protocol(ctx, segment{transport.UsualPins, bitrate}, wide); err != nil {
		return false, err
	}
	width := 3
	if wide {
		width = 8
	}
	none := "00000000"[:width]
	if err := d.sets(ctx, []setpoint{{regFormat, "0"}, {regFilter, none}, {regMask, none}}); err != nil {
		return false, err
	}
	for left := time.Until(until); left > 0; left = time.Until(until) {
		err := d.chip.stream(ctx, "ATMA", wait{quiet: left, total: left}, func(l line) bool {
			rx, ok := noticed(l, wide)
			if ok {
				heard = heard || !rx.Frame.Is(can.Error)
				hear(rx)
			}
			return false
		})
		if err != nil {
			return heard, err
		}
	}
	return heard, nil
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
