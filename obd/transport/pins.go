package transport

import "context"

// UsualPins of the connector are those of ISO 15765-4, which a Link is on
// unless it was switched.
const UsualPins = "6/14"

// Pins is the ability of a Link to leave the segment that it is on for one at
// other pins of the connector. What is there is not known before: of some cars
// it is Ethernet. Somebody has to agree first.
type Pins interface {
	// Reaches reports whether the pins, such as 3/11, can be switched to at a
	// bit rate. It asks nobody.
	Reaches(pins string, bitrate int) bool

	// Switch goes there. Conns stay those of the segment on which they were
	// dialled, and are used again when the link is back there. A failure is an
	// *OpError, and then the link is where it was.
	Switch(ctx context.Context, pins string, bitrate int) error
}
