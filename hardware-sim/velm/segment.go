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
