package tape

import (
	"time"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
)

// requestMax bounds the memory that a first frame to a unit can claim.
const requestMax = 1 << 16

// request puts the requests to one address together. Whether the unit let
// them pass is seen from their going on.
type request struct{ m *isotp.Machine }

func newRequest(a transport.Address) *request {
	return &request{isotp.NewMachine(isotp.Config{Address: a.Reversed(), MaxLen: requestMax})}
}

// take gives the request that f completes, or nil.
func (r *request) take(now time.Time, f *can.Frame) (whole []byte) {
	r.m.Expire(now)
	_ = r.m.Handle(now, f) // what is no part of a request is none
	var reply can.Frame
	for r.m.NextFrame(now, &reply) {
		r.m.Transmitted(now, true)
	}
	for e, ok := r.m.Event(); ok; e, ok = r.m.Event() {
		if e.Kind == isotp.Received {
			whole = e.Data
		}
	}
	return whole
}

// kind is the type of a frame of ISO-TP.
type kind byte

const (
	single kind = iota
	first
	consecutive
	flowControl
	none
)

// kindOf looks behind ae address bytes.
func kindOf(f *can.Frame, ae int) kind {
	if int(f.Len) <= ae {
		return none
	}
	return min(kind(f.Data[ae]>>4), none)
}

// serviceOf gives the start of the request in a single frame.
func serviceOf(f *can.Frame, ae int) []byte {
	p := f.Payload()[min(ae+1, int(f.Len)):]
	return p[:min(len(p), int(f.Data[ae]&0xF))]
}

func isFrom(f *can.Frame, number uint32, extended bool) bool {
	return f.ID == number && f.Is(can.Extended) == extended
}

// begins reports whether f has a's address byte in front, if it has one.
func begins(f *can.Frame, hasAE bool, ae byte) bool { return !hasAE || f.Len > 0 && f.Data[0] == ae }

func aeLen(a transport.Address) int {
	if a.HasAE {
		return 1
	}
	return 0
}
