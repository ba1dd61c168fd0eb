package velm

import (
	"context"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

// request sends what was asked: one frame, or several as the receiver lets.
func (x *exchange) request(ctx context.Context) error {
	if err := x.transmit(ctx, x.frames[0]); err != nil {
		return err
	}
	for rest := x.frames[1:]; len(rest) > 0; {
		leave, err := x.leaveToSend(ctx)
		if err != nil || leave.answered {
			return err
		}
		size := len(rest)
		if leave.block > 0 {
			size = min(size, leave.block)
		}
		if err := x.block(ctx, rest[:size], leave.gap); err != nil {
			return err
		}
		rest = rest[size:]
	}
	return nil
}

// block sends frames some time apart.
func (x *exchange) block(ctx context.Context, frames []can.Frame, gap time.Duration) error {
	for _, f := range frames {
		if err := pause(ctx, gap); err != nil {
			return err
		}
		if err := x.transmit(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// leave is what a receiver said to a first frame.
type leave struct {
	block    int // frames; 0: all
	gap      time.Duration
	answered bool // by something else than flow control
}

const flowWait = 75 * time.Millisecond // the default of STCTOR

// leaveToSend waits for flow control.
func (x *exchange) leaveToSend(ctx context.Context) (leave, error) {
	for until := time.Now().Add(flowWait); ; {
		rx, err := x.nextFrame(ctx, until)
		if err != nil {
			return leave{}, err
		}
		f, at := &rx.Frame, x.addressed()
		if rx.Own || f.Is(can.Error) || !x.heeds(f) || int(f.Len) <= at {
			continue
		}
		switch kind := f.Data[at]; {
		case kind>>4 != flowControl:
			x.kept = append([]can.Rx{rx}, x.kept...)
			return leave{answered: true}, nil
		case kind&0xF == 1:
			until = time.Now().Add(flowWait)
		case kind&0xF == 0:
			return leave{block: int(f.Data[at+1]), gap: separation(f.Data[at+2])}, nil
		default:
			return leave{}, errNoData
		}
	}
}

func (x *exchange) nextFrame(ctx context.Context, until time.Time) (can.Rx, error) {
	if len(x.kept) > 0 {
		rx := x.kept[0]
		x.kept = x.kept[1:]
		return rx, nil
	}
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case rx := <-x.ear.frames:
		return rx, nil
	case <-timer.C:
		return can.Rx{}, errNoData
	case <-ctx.Done():
		return can.Rx{}, ctx.Err()
	}
}

// separation is STmin as a time.
func separation(b byte) time.Duration {
	switch {
	case b <= 0x7F:
		return time.Duration(b) * time.Millisecond
	case b >= 0xF1 && b <= 0xF9:
		return time.Duration(b-0xF0) * 100 * time.Microsecond
	}
	return 127 * time.Millisecond
}
