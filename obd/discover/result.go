package discover

import (
	"time"

	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
)

// Result is what a scan found, and what it cost.
type Result struct {
	Units    []Unit // by address
	Distress []Distress
	Stats    Stats
}

// Unit is somebody who answers.
type Unit struct {
	Address transport.Address
	Also    []transport.Address // the same unit, answering the same probe on other identifiers
	Form    Form
	Known   bool          // the caller knew the address
	Dialect guard.Dialect // zero: the answer does not show which
	Padded  Tried         // probes of full length
	Short   Tried         // probes as short as their content
	Answer  []byte        // 7E 00, 7F 3E 12, ...
	Latency time.Duration // of the answer when asked alone
	Timing  Timing
	Reads   []Read
}

// Form is how a unit is addressed.
type Form string

// The forms.
const (
	Normal      Form = "normal"
	NormalFixed Form = "normal-fixed"
	WithAddress Form = "address-byte" // extended or mixed: they look the same on the wire
)

// Tried says what came of a kind of probe.
type Tried string

// What can come of it. A kind that was not tried is empty.
const (
	Answered Tried = "answered"
	Silent   Tried = "silent"
)

// Read is a request for identification and the raw answer. Refusals are
// answers (7F 22 31).
type Read struct {
	Request, Response []byte
	Err               error // no answer
}

// Distress is a sign that the scan was too fast for somebody, and the share of
// the free bus that was left to it afterwards.
type Distress struct {
	Sign  Sign
	After time.Duration // since the end of listening
	Share float64
}

// Sign is what distress shows itself by.
type Sign string

// The signs.
const (
	BusErrors  Sign = "bus-errors"
	NoAck      Sign = "no-acknowledge"
	FramesLost Sign = "frames-lost"
	UnitBusy   Sign = "unit-busy"
	EchoesLate Sign = "echoes-late"
)

// Stats counts.
type Stats struct {
	Probes     int           // sent, confirmations included
	InUse      int           // addresses left out since others send there
	Hits       int           // answers that were asked for again
	Rejected   int           // those of them that did not come again
	Load       float64       // bit/s of others, heard while listening
	Share      float64       // of the free bus, at the end
	Phases     int           // how often a P2 was waited for
	ProbeBits  int           // on the wire, confirmations not included
	AnswerBits int           // of answers to probes
	Scanning   time.Duration // from the end of listening to the last confirmation
}
