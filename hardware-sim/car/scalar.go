package car

import (
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// Byte is written as two hex digits.
type Byte byte

// UnmarshalText reads two hex digits.
func (b *Byte) UnmarshalText(text []byte) error {
	v, err := hex.DecodeString(string(text))
	if err != nil || len(v) != 1 {
		return fmt.Errorf("%q is not two hex digits", text)
	}
	*b = Byte(v[0])
	return nil
}

// ID is a CAN identifier of three or eight hex digits.
type ID struct {
	Value    uint32
	Extended bool
}

// UnmarshalText reads three or eight hex digits.
func (i *ID) UnmarshalText(text []byte) error {
	v, err := strconv.ParseUint(string(text), 16, 32)
	wide := len(text) == 8
	if err != nil || len(text) != 3 && !wide || v > can.MaxExtendedID || !wide && v > can.MaxID || wide && v <= can.MaxID {
		return fmt.Errorf("%q is not an identifier", text)
	}
	*i = ID{uint32(v), wide}
	return nil
}

// Pad is the byte that a unit fills its frames with, or none. The zero value
// is the usual one.
type Pad struct {
	fill byte
	set  bool
	none bool
}

// UnmarshalText reads two hex digits, or none.
func (p *Pad) UnmarshalText(text []byte) error {
	if string(text) == "none" {
		*p = Pad{none: true}
		return nil
	}
	var b Byte
	err := b.UnmarshalText(text)
	*p = Pad{fill: byte(b), set: err == nil}
	return err
}

// Padding is the same for ISO-TP.
func (p Pad) Padding() transport.Padding {
	switch {
	case p.none:
		return transport.PadNone
	case p.set:
		return transport.PadWith(p.fill)
	}
	return 0
}

// Frame is a CAN frame as candump writes it.
type Frame can.Frame

// UnmarshalText reads candump's compact form.
func (f *Frame) UnmarshalText(text []byte) error {
	v, err := can.ParseFrame(string(text))
	*f = Frame(v)
	return err
}
