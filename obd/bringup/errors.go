package bringup

import "fmt"

// BusErrorsError says that there is traffic and that no bit rate fits: the
// rate is another one, or this is a CAN FD bus and the adapter is classic.
// Nothing was sent.
type BusErrorsError struct {
	Bitrates []int
	FD       bool // FD frames were seen as such
}

func (e *BusErrorsError) Error() string {
	return fmt.Sprintf("bringup: only bus errors at %v bit/s; nothing was sent", e.Bitrates)
}

// NoCarError says that nobody is there: no power, ignition off, K-line only, or
// other pins.
type NoCarError struct {
	Bitrates   []int // that were tried
	Unanswered bool  // a dongle hides whether anybody acknowledged; nobody answered
	Deaf       bool  // the dongle could not listen
	KLine      bool  // it was searched too
	Millivolts int   // at the connector; 0: not known
}

func (e *NoCarError) Error() string {
	what := "acknowledges a frame"
	if e.Unanswered {
		what = "answers"
	}
	s := fmt.Sprintf("bringup: nobody %s at %v bit/s", what, e.Bitrates)
	if e.KLine {
		s += " nor on K-line"
	}
	if e.Millivolts > 0 {
		s += fmt.Sprintf(", %d mV at the connector", e.Millivolts)
	}
	return s
}
