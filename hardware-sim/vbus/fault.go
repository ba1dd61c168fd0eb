package vbus

import (
	"time"

	"github.com/untether-obd/untether/obd/can"
)

// Event is what the log of a segment is told.
type Event struct {
	From       string    // name of the sender
	Frame      can.Frame // what was sent; an error frame (flag Error) if that failed
	Start, End time.Time // first bit and end of frame, in bus time
}

// Attempt is a frame that has won arbitration.
type Attempt struct {
	From   string
	Frame  can.Frame
	Number int // 0, then one more for each retransmission
	Start  time.Time
}

// Fate is what happens to a frame. The zero value lets it pass.
type Fate struct {
	Corrupt   bool          // a bit flips: error frame, retransmission
	Drop      bool          // acknowledged and echoed, but no receiver keeps it
	Duplicate bool          // sent a second time, as after an error in its last bit that only the sender saw
	Delay     time.Duration // it leaves the queue and tries again that much later; those behind it overtake it
	Instead   *can.Frame    // what goes over the wire; the sender is told that its own frame went. Not nil: valid
	Then      []Follower    // what the sender puts on the wire behind it without knowing
}

// Follower is a frame that comes after another one has been acknowledged. It
// passes without being asked about.
type Follower struct {
	Frame can.Frame // valid
	After time.Duration
}

// Hook decides the fate of a frame each time that it wins arbitration. Like
// the log it is called in the order of the bus, and must neither block nor
// call the segment or its nodes. It runs in whichever goroutine moves the bus,
// so what it touches needs a lock of its own if others touch it too.
type Hook func(Attempt) Fate
