package vecu

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/uds"
)

// Rule is one that a tester has broken.
type Rule string

// What a unit notices.
const (
	RuleSTmin         Rule = "consecutive frame before STmin"
	RuleBlockSize     Rule = "consecutive frame without flow control"
	RulePending       Rule = "request while the last one is pending"
	RuleRepeatedWrite Rule = "write repeated and nothing read in between"
	RuleFunctional    Rule = "session control asked of a group"
	RuleTesterPresent Rule = "tester present inside a segmented message"
	RuleSession       Rule = "session left open"
)

// Violation is what a tester did wrong.
type Violation struct {
	Rule Rule
	Unit string // to whom
	Time time.Time
}

func (v Violation) String() string { return fmt.Sprintf("%s: %s", v.Unit, v.Rule) }

// watch looks at the tester's manners. A consecutive frame that comes too
// early is lost to the unit, as in one whose buffer is not free again yet.
type watch struct {
	unit  string
	tell  func(Violation)
	ae    int
	block int // consecutive frames that are cleared; less than 0: all
	stmin time.Duration
	last  time.Time // reception of the last consecutive frame since flow control
	told  bool      // of this message already
	write []byte    // the last request, if it was a write
}

func (w *watch) violated(r Rule, at time.Time) {
	if w.tell != nil {
		w.tell(Violation{Rule: r, Unit: w.unit, Time: at})
	}
}

// frame looks at a frame and says whether the unit takes it.
func (w *watch) frame(s *Server, rx *can.Rx) bool {
	a, f := &s.cfg.Address, &rx.Frame
	if f.ID != a.TX || f.Is(can.Extended) != a.Extended || int(f.Len) <= w.ae || w.ae > 0 && f.Data[0] != a.TXAE {
		return false
	}
	switch d := f.Payload()[w.ae:]; d[0] >> 4 {
	case 0:
		w.single(s, d, rx.Time)
	case 1:
		w.block, w.told = 0, false
	case 2:
		return !s.m.Receiving() || w.consecutive(rx.Time)
	}
	return true
}

func (w *watch) single(s *Server, d []byte, at time.Time) {
	segmented := s.m.Receiving() || s.job.sending && len(s.job.reply.Data) > 7-w.ae
	if segmented && len(d) > 1 && d[1] == uds.ServiceTesterPresent {
		w.violated(RuleTesterPresent, at)
	}
}

func (w *watch) consecutive(at time.Time) (taken bool) {
	early := !w.last.IsZero() && at.Sub(w.last) < w.stmin
	w.last = at
	switch {
	case w.block == 0:
		w.once(RuleBlockSize, at)
	case early:
		w.once(RuleSTmin, at)
		return false
	}
	w.block--
	return true
}

func (w *watch) once(r Rule, at time.Time) {
	if !w.told {
		w.told = true
		w.violated(r, at)
	}
}

// sent notes the flow control that the unit gave.
func (w *watch) sent(f *can.Frame) {
	d := f.Payload()[w.ae:]
	if d[0] != 0x30 {
		return
	}
	w.block, w.stmin, w.last = int(d[1]), isotp.DecodeSTmin(d[2]), time.Time{}
	if w.block == 0 {
		w.block = -1
	}
}

// request looks at a whole request before the unit does.
func (w *watch) request(s *Server, r *Request) {
	switch {
	case r.Functional:
		if r.Data[0] == uds.ServiceSessionControl {
			w.violated(RuleFunctional, r.Time)
		}
		return
	case keepAlive(r.Data):
		return
	case s.job.active && s.job.told:
		w.violated(RulePending, r.Time)
	}
	if !writes(r.Data) {
		w.write = w.write[:0]
		return
	}
	if bytes.Equal(w.write, r.Data) {
		w.violated(RuleRepeatedWrite, r.Time)
	}
	w.write = append(w.write[:0], r.Data...)
}

const kwpWriteLocal = 0x3B

var writeServices = []byte{
	uds.ServiceReset, uds.ServiceClearDTCs, uds.ServiceCommunicationControl, uds.ServiceWriteData, uds.ServiceIOControl,
	uds.ServiceDownload, uds.ServiceUpload, uds.ServiceTransferData, uds.ServiceTransferExit, uds.ServiceControlDTCs, kwpWriteLocal,
}

// writes reports whether a request changes something in the unit. Of a
// routine, 02 stops it and 03 asks for its result.
func writes(req []byte) bool {
	if req[0] == uds.ServiceRoutineControl {
		return len(req) < 2 || req[1]&0x7F != 2 && req[1]&0x7F != 3
	}
	return slices.Contains(writeServices, req[0])
}
