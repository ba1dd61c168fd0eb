package velm

import (
	"context"
	"fmt"
	"strings"

	"github.com/untether-obd/untether/obd/can"
)

// identifier writes who sent a frame.
func (c *chip) identifier(f *can.Frame) string {
	if !f.Is(can.Extended) {
		return c.spaced(fmt.Sprintf("%03X", f.ID))
	}
	return c.spelled([]byte{byte(f.ID >> 24), byte(f.ID >> 16), byte(f.ID >> 8), byte(f.ID)})
}

// spaced adds the space behind a word, unless spaces are off.
func (c *chip) spaced(word string) string {
	if c.spaces {
		return word + " "
	}
	return word
}

// spelled writes bytes, each with a space behind it.
func (c *chip) spelled(data []byte) string {
	var b strings.Builder
	for _, one := range data {
		b.WriteString(c.spaced(fmt.Sprintf("%02X", one)))
	}
	return b.String()
}

// prefix is what stands before the data of a frame when headers are on.
func (c *chip) prefix(f *can.Frame) string {
	if !c.headers {
		return ""
	}
	text := c.identifier(f)
	if c.lengths {
		text += c.spaced(fmt.Sprintf("%X", f.Len))
	}
	return text
}

const dataError = "<DATA ERROR"

// text is the line of a frame as it is received.
func (x *exchange) text(f *can.Frame) string {
	c := x.c
	switch {
	case f.Is(can.Remote):
		return c.prefix(f) + "RTR"
	case !c.format || !x.p.iso:
		return c.prefix(f) + c.spelled(f.Payload())
	}
	return x.formatted(f)
}

// formatted is a line under ATCAF1: protocol bytes are shown with the header
// only, and a frame that is none of ISO 15765-2 is marked.
//
//	0x single: the data                1xxx first: its length, then "0: " and data
//	2x consecutive: "x: " and data     3x flow control, others: as they are
func (x *exchange) formatted(f *can.Frame) string {
	c, data := x.c, f.Payload()
	at := x.addressed()
	if len(data) <= at {
		return c.prefix(f) + c.spelled(data)
	}
	kind, low := data[at]>>4, int(data[at]&0xF)
	rest := data[at+1:]
	switch {
	case kind == single && (low == 0 || low > len(rest)):
		return c.prefix(f) + c.spelled(data) // looks like nothing, shown whole
	case kind > flowControl:
		return c.prefix(f) + c.spelled(data) + dataError
	case c.headers && kind == single && !x.model.pads:
		return c.prefix(f) + c.spelled(data[:at+1+low])
	case c.headers || kind == flowControl:
		return c.prefix(f) + c.spelled(data)
	case kind == single:
		return c.spelled(rest[:low])
	case kind == first && len(rest) > 0:
		length := fmt.Sprintf("%03X", low<<8|int(rest[0]))
		return c.spaced(length) + c.end() + c.spaced("0:") + c.spelled(rest[1:])
	}
	return c.spaced(fmt.Sprintf("%X:", low)) + c.spelled(rest)
}

// addressed is how many bytes stand before the protocol bytes.
func (x *exchange) addressed() int {
	if x.c.extended.set {
		return 1
	}
	return 0
}

// print writes a frame's line, if the buffer has room for it.
func (x *exchange) print(ctx context.Context, f *can.Frame) error {
	return x.emit(ctx, x.text(f))
}

// emit writes a line of an answer. The UART takes ten bit times a byte; what
// is more than the chip can keep ends the answer.
func (x *exchange) emit(ctx context.Context, text string) error {
	x.lines++
	if x.hidden || x.cut(len(text)) {
		return nil
	}
	for _, line := range x.fault.lines(text) {
		if err := x.emitLine(ctx, line); err != nil {
			return err
		}
	}
	return x.fault.midst(ctx, x)
}

func (x *exchange) emitLine(ctx context.Context, line string) error {
	line += x.end()
	room := x.model.transmit - x.queued()
	if len(line) <= room && !x.fault.now("buffer-full") {
		return x.write(ctx, line)
	}
	kept := max(min(room, len(line)*2/3), 0)
	if err := x.write(ctx, line[:kept]+" "); err != nil {
		return err
	}
	return errBufferFull
}

// cut says whether a clone swallows a line of an answer that is too long.
func (x *exchange) cut(n int) bool {
	x.printed += n
	return x.model.cuts > 0 && !x.hears && x.printed > x.model.cuts
}

// garbled is a frame at another bit rate, as it was received.
func (x *exchange) garbled(ctx context.Context) error {
	data := make([]byte, x.c.chance.IntN(can.MaxLen+1))
	for i := range data {
		data[i] = byte(x.c.chance.Uint32())
	}
	f := can.NewFrame(x.c.chance.Uint32()&can.MaxID, data...)
	return x.emit(ctx, x.c.prefix(&f)+x.c.spelled(data)+"<RX ERROR")
}

// flush writes a line that a fault held back.
func (s *session) flush(ctx context.Context) error {
	if held := s.fault.last(); held != "" {
		return s.say(ctx, held)
	}
	return nil
}
