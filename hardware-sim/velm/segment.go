package velm

import (
	"context"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

// The kinds of ISO 15765-2 frames: the upper half of the first protocol byte.
const (
	single      = 0
	first       = 1
	consecutive = 2
	flowControl = 3
)

// part is a message that is being received.
type part struct {
	length int
	data   []byte
	block  int // frames until the next flow control is due; 0: none
}

// answerFrame prints a frame of an answer and does what the receiver of a
// message has to.
func (x *exchange) answerFrame(ctx context.Context, f *can.Frame) error {
	if !x.p.iso {
		x.got++
		return x.print(ctx, f)
	}
	done, err := x.assemble(ctx, f)
	if err != nil {
		return err
	}
	if x.c.segmentIn && x.c.format {
		return x.message(ctx, f, done)
	}
	if !x.whole || done != nil {
		x.got++
	}
	return x.print(ctx, f)
}

// message prints a message in one line once it is complete: STCSEGR1. That its
// header stands before it without protocol bytes is an assumption.
func (x *exchange) message(ctx context.Context, f *can.Frame, done []byte) error {
	if done == nil {
		return nil
	}
	x.got++
	return x.emit(ctx, x.c.prefix(f)+x.c.spelled(done))
}

// assemble follows a message and asks for its rest. done is the message that
// the frame completed.
func (x *exchange) assemble(ctx context.Context, f *can.Frame) (done []byte, err error) {
	data := f.Payload()
	if at := x.addressed(); len(data) > at {
		data = data[at:]
	} else {
		return nil, nil
	}
	low := int(data[0] & 0xF)
	switch data[0] >> 4 {
	case single:
		if low == 0 || low >= len(data) {
			return data, nil // not ours to understand: a line as any other
		}
		x.pending78(data[1 : 1+low])
		return data[1 : 1+low], nil
	case first:
		if len(data) < 2 {
			return data, nil
		}
		x.parts[f.ID] = &part{length: low<<8 | int(data[1]), data: append([]byte(nil), data[2:]...)}
		return nil, x.control(ctx, f)
	case consecutive:
		return x.continued(ctx, f, data[1:])
	}
	return data, nil
}

// pending78 holds the window open for an answer that was announced.
func (x *exchange) pending78(data []byte) {
	if len(data) == 3 && data[0] == 0x7F && data[2] == 0x78 && x.model.patience > 0 {
		x.deadline = time.Now().Add(max(x.model.patience, x.window()))
	}
}

func (x *exchange) continued(ctx context.Context, f *can.Frame, data []byte) ([]byte, error) {
	p := x.parts[f.ID]
	if p == nil {
		return data, nil
	}
	p.data = append(p.data, data...)
	if len(p.data) >= p.length {
		delete(x.parts, f.ID)
		return p.data[:p.length], nil
	}
	if p.block > 0 {
		if p.block--; p.block == 0 && x.model.perBlock {
			return nil, x.control(ctx, f)
		}
	}
	return nil, nil
}

// control sends flow control to whoever sent f.
func (x *exchange) control(ctx context.Context, f *can.Frame) error {
	if !x.c.flow {
		return nil
	}
	id, extended, data := x.flowTo(f)
	if p := x.parts[f.ID]; p != nil && len(data) > 1 {
		p.block = int(data[1])
	}
	out := can.Frame{ID: id}
	if extended {
		out.Flags = can.Extended
	}
	return x.transmit(ctx, x.padded(x.p, out, x.addressFor(f, data)))
}

// flowTo is where flow control goes and what it says.
func (x *exchange) flowTo(f *can.Frame) (id uint32, extended bool, data []byte) {
	c := &x.c.control
	data = []byte{0x30, 0, 0}
	if c.mode > 0 {
		data = c.data
	}
	for _, p := range x.c.flows {
		if p.receive == f.ID && p.extended == f.Is(can.Extended) {
			return p.transmit, p.extended, data
		}
	}
	switch {
	case c.mode == 1:
		return c.header, c.extended, data
	case c.mode == 2:
		return f.ID, f.Is(can.Extended), data // the data sheet: as received
	case f.Is(can.Extended):
		return f.ID&^0xFFFF | f.ID>>8&0xFF | f.ID&0xFF<<8, true, data
	}
	return f.ID - 8&can.MaxID, false, data
}

// addressFor puts the extended address before flow control.
func (x *exchange) addressFor(f *can.Frame, data []byte) []byte {
	for _, p := range x.c.flows {
		if p.receive == f.ID && p.address.set {
			return append([]byte{p.address.value}, data...)
		}
	}
	if x.c.extended.set {
		return append([]byte{x.c.extended.value}, data...)
	}
	return data
}

// padded makes a frame of data, with padding unless lengths vary.
func (s *session) padded(p spec, f can.Frame, data []byte) can.Frame {
	f.Len = uint8(copy(f.Data[:can.MaxLen], data))
	if !s.c.variable && !p.varies {
		f.Len = can.MaxLen
	}
	return f
}

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
