package canlog

import (
	"slices"

	"github.com/untether-obd/untether/obd/can"
)

// Blanks watches whether a recording of ours was redacted. The zero value has
// seen nothing.
type Blanks struct {
	own   bool // some frame is marked as the recorder's
	plain bool // some frame has content
	black bool // some frame of others is long enough for content and ends in 00
}

// Observe takes the next frame.
func (b *Blanks) Observe(rx *can.Rx) {
	f := &rx.Frame
	b.own = b.own || rx.Own
	b.plain = b.plain || !blank(f)
	b.black = b.black || !rx.Own && !f.Is(can.Error) && f.Len > 4 && f.Payload()[f.Len-1] == 0
}

// Redacted reports whether nothing is left in any frame but what Redact leaves.
func (b *Blanks) Redacted() bool { return b.own && b.black && !b.plain }

// redactors differ in where they expect an address byte.
var redactors = []Redactor{Redact(nil), Redact(func(*can.Frame) bool { return true })}

// blank reports whether redacting would take nothing from a frame. In a
// recording of ours that was not redacted the padding of requests is not.
func blank(f *can.Frame) bool {
	return slices.ContainsFunc(redactors, func(redact Redactor) bool {
		r := *f
		redact(&r)
		return r == *f
	})
}
