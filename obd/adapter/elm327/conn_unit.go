package elm327

import (
	"errors"
	"fmt"
	"time"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
)

// unit is one that answers, and the Machine that puts its frames together.
// Where the chip sends flow control itself, the Machine's is dropped.
type unit struct {
	addr transport.Address
	m    *isotp.Machine

	ae     int
	left   int  // bytes of it that have not come
	frames int  // frames of it that have not come
	burst  int  // frames of it that we let come; less than 0: all
	clears bool // it waits for our flow control

	sending bool // a message of ours is on its way
	rest    int  // bytes of it that are not handed out
	block   int  // frames until the next flow control; less than 0: no end
	asked   bool // it waits for flow control
}

func newUnit(a transport.Address, p transport.Params) *unit {
	u := &unit{addr: a, m: isotp.NewMachine(isotp.Config{Address: a, Params: p})}
	if a.HasAE {
		u.ae = 1
	}
	return u
}

// errTorn is a frame that lost bytes on its way through the dongle.
var errTorn = fmt.Errorf("elm327: a frame is neither full nor as long as its content: %w", transport.ErrGarbled)

// take hands a frame to the Machine.
func (u *unit) take(now time.Time, f *can.Frame) error {
	if torn(f, u.ae, u.left) {
		return errTorn
	}
	d := f.Payload()[u.ae:]
	switch d[0] >> 4 {
	case 1:
		total, frames := consecutive(u.ae, d)
		u.left, u.frames, u.clears = max(total-len(d)+2, 0), frames, true
	case 2:
		u.left, u.frames = max(u.left-len(d)+1, 0), max(u.frames-1, 0)
		u.burst--
		u.clears = u.burst == 0 && u.left > 0
	case 3:
		if !u.sending {
			return nil // to the chip, not to us
		}
		u.cleared(d)
	}
	return u.m.Handle(now, f)
}

// cleared notes how far the unit lets us go on. The Machine does the rest.
func (u *unit) cleared(d []byte) {
	if len(d) < 3 || d[0]&0xF == 1 {
		return
	}
	u.asked = false
	if u.block = int(d[1]); u.block == 0 {
		u.block = -1
	}
}

// send begins a message of ours.
func (u *unit) send(now time.Time, msg []byte) error {
	u.sending, u.rest = true, len(msg)
	return u.m.Send(now, msg)
}

// sends notes a frame of ours that goes out, and tells what answers it.
func (u *unit) sends(f *can.Frame) reaction {
	switch f.Data[u.ae] >> 4 {
	case 1:
		u.rest, u.asked = u.rest-(6-u.ae), true
		return reactionFlow
	case 2:
		u.rest -= 7 - u.ae
		u.block--
		switch {
		case u.rest <= 0:
			return reactionAnswer
		case u.block == 0:
			u.asked = true
			return reactionFlow
		}
		return reactionNone
	case 3:
		u.clears = false
		if u.burst = int(f.Data[u.ae+1]); u.burst == 0 {
			u.burst = -1
		}
		return reactionRest
	}
	return reactionAnswer
}

// reaction is what a unit does upon a frame of ours.
type reaction uint8

const (
	reactionNone   reaction = iota // waits for more
	reactionFlow                   // sends flow control
	reactionRest                   // sends the rest of its message
	reactionAnswer                 // answers
)

// speaks reports whether a frame of ours is due.
func (u *unit) speaks() bool { return u.clears || u.sending && !u.asked }

// drop confirms flow control that the chip itself has sent.
func (u *unit) drop(now time.Time) {
	var f can.Frame
	for !u.sending && u.m.NextFrame(now, &f) {
		u.m.Transmitted(now, true)
		u.clears = false
	}
}

// pending reports whether a message says that the answer to service comes later.
func pending(msg []byte) bool { return len(msg) == 3 && msg[0] == 0x7F && msg[2] == 0x78 }

// stray reports whether a Machine ignored a frame for its content, which is
// counted; not because it is another's.
func stray(err error) bool { return err != nil && !errors.Is(err, isotp.ErrForeign) }
