package slcan

import "github.com/untether-obd/untether/obd/can"

// What the answer to F tells of the time since the last one.
const (
	flagRxFull   = 1 << 0 // frames were lost on their way to us
	flagTxFull   = 1 << 1
	flagWarning  = 1 << 2 // an error counter passed 96
	flagOverrun  = 1 << 3 // the controller was not read in time
	flagPassive  = 1 << 5
	flagBusError = 1 << 7
	flagsOfLoss  = flagRxFull | flagOverrun
)

// Bits of an error frame's data, as in linux/can/error.h.
const (
	controllerWarning = 0x04 | 0x08
	controllerPassive = 0x10 | 0x20
	placeACK          = 0x19
)

// health is what the statuses of a channel have told so far.
type health struct {
	errors   bool // this dongle tells of each error on the bus
	troubled int  // statuses in a row that tell of errors while frames were in flight
	unheard  bool // it was told that nobody acknowledges them
}

// trouble reports whether a status tells of errors. A dongle that tells of
// each need not be asked whether its counters are high: it also tells when
// they are no longer.
func (h *health) trouble(flags byte) bool {
	h.errors = h.errors || flags&flagBusError != 0
	if h.errors {
		return flags&flagBusError != 0
	}
	return flags&(flagWarning|flagPassive) != 0
}

// reports gives what a status says as error frames. flying: frames of ours are
// not yet known to be on the wire; then an error is taken for theirs. As they
// are repeated it is told once.
func (h *health) reports(flags byte, flying bool) (frames []can.Frame) {
	report := func(class uint32, controller, place byte) {
		f := can.Frame{ID: class, Flags: can.Error, Len: can.MaxLen}
		f.Data[1], f.Data[3] = controller, place
		frames = append(frames, f)
	}
	trouble := h.trouble(flags)
	switch {
	case trouble && flying && !h.unheard:
		h.unheard = true
		report(can.ErrAck, 0, placeACK)
	case flags&flagBusError != 0 && !flying:
		report(can.ErrProtocol|can.ErrBusError, 0, 0)
	}
	switch {
	case flags&flagPassive != 0:
		report(can.ErrController, controllerPassive, 0)
	case flags&flagWarning != 0:
		report(can.ErrController, controllerWarning, 0)
	}
	return frames
}
