package guard

import (
	"bytes"
	"slices"
	"time"
)

// state is what passed through the guard to and from one unit, in whatever
// dialect. All but turn is under Link.mu.
type state struct {
	turn      chan struct{} // of one: who holds it sends
	receiving int           // how many wait for a message, or are within one
	heard     time.Time     // when something was last sent or received
	refused   bool          // it has refused a request for want of a session
	session   session
}

// busy reports whether anybody sends to the unit, or waits for it.
func (s *state) busy() bool { return s.receiving > 0 || len(s.turn) > 0 }

// refusals are the codes after which another session may help.
var refusals = []byte{
	0x7E, // sub-function not supported in active session
	0x7F, // service not supported in active session
	0x31, // request out of range
	0x22, // conditions not correct
	0x33, // security access denied
}

const (
	negative = 0x7F
	positive = 0x40 // added to the service
	pending  = 0x78 // the answer is still to come
)

// note learns from an answer to req. What does not answer it is left alone: in
// doubt a unit stays ours to restore, and does not become one that refused.
func (s *state) note(d Dialect, req, answer []byte) {
	if refuses(req, answer) {
		s.refuse(effectOf(d, req), answer[2])
	}
	if answers(req, answer) && bytes.HasPrefix(answer[1:], req[1:]) {
		s.accept(effectOf(d, req))
	}
}

func refuses(req, answer []byte) bool {
	return len(req) > 0 && len(answer) > 2 && answer[0] == negative && answer[1] == req[0]
}

func answers(req, answer []byte) bool {
	return len(req) > 0 && len(answer) > 0 && answer[0] == req[0]+positive
}

// refuse notes a refusal. A change of session that was refused left the one
// before it.
func (s *state) refuse(e effect, code byte) {
	if slices.Contains(refusals, code) {
		s.refused = true
	}
	if e == changes && code != pending {
		s.session.asked = false
	}
}

func (s *state) accept(e effect) {
	switch e {
	case changes:
		s.session = session{open: true}
	case restores:
		s.session = session{}
	}
}
