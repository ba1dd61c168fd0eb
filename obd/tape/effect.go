package tape

import "slices"

// effect is what a request does to later answers.
type effect uint8

const (
	changesNothing effect = iota
	changesSession        // of the unit asked
	changesCar            // anything: routines and resets reach beyond one unit
)

// Services that change something, in J1979, UDS and KWP 2000 alike.
var (
	sessionServices = []byte{0x10, 0x20}
	writeServices   = []byte{
		0x04, 0x08, // clear codes, control a system
		0x11, 0x14, // reset, clear codes
		0x27, 0x28, 0x29, // unlock, communication control, authenticate
		0x2C, 0x2E, 0x2F, // define, write, control
		0x30, 0x31, 0x32, // control, routines
		0x34, 0x35, 0x36, 0x37, 0x38, // transfer
		0x3B, 0x3D, // write
		0x85, 0x87, // codes on and off, link control
	}
)

func effectOf(req []byte) effect {
	switch {
	case len(req) == 0:
		return changesNothing
	case slices.Contains(sessionServices, req[0]):
		return changesSession
	case slices.Contains(writeServices, req[0]):
		return changesCar
	}
	return changesNothing
}

// keepsAlive reports a request that nobody answers: 3E 80.
func keepsAlive(req []byte) bool { return len(req) == 2 && req[0] == 0x3E && req[1]&0x80 != 0 }
