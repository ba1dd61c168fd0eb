package dtc

import (
	"fmt"
	"strings"
)

// State is a status byte in one word, the same for every protocol.
type State string

// The states, worst first.
const (
	Active    State = "active"    // failing now
	Confirmed State = "confirmed" // failed often enough to be kept, not failing now
	Pending   State = "pending"   // failed lately, not yet confirmed
	Stored    State = "stored"    // failed at some time since the memory was cleared
	NoFault   State = "no-fault"  // never failed, or not tested
)

// Status is the status byte of UDS (ISO 14229-1 D.2).
type Status byte

// The bits of Status.
const (
	TestFailed Status = 1 << iota
	TestFailedThisOperationCycle
	PendingDTC
	ConfirmedDTC
	TestNotCompletedSinceLastClear
	TestFailedSinceLastClear
	TestNotCompletedThisOperationCycle
	WarningIndicatorRequested
)

var statusNames = [...]string{
	"testFailed",
	"testFailedThisOperationCycle",
	"pendingDTC",
	"confirmedDTC",
	"testNotCompletedSinceLastClear",
	"testFailedSinceLastClear",
	"testNotCompletedThisOperationCycle",
	"warningIndicatorRequested",
}

// Is reports whether all bits of want are set.
func (s Status) Is(want Status) bool { return s&want == want }

// State sums the bits up. A unit that is asked for every code it knows
// answers also with those that never failed: they are NoFault.
func (s Status) State() State {
	switch {
	case s.Is(TestFailed):
		return Active
	case s.Is(ConfirmedDTC):
		return Confirmed
	case s.Is(PendingDTC):
		return Pending
	case s&(TestFailedSinceLastClear|TestFailedThisOperationCycle|WarningIndicatorRequested) != 0:
		return Stored
	}
	return NoFault
}

// String lists the names of the bits that are set: testFailed|confirmedDTC.
func (s Status) String() string {
	var names []string
	for i, name := range statusNames {
		if s>>i&1 != 0 {
			names = append(names, name)
		}
	}
	if names == nil {
		return "00"
	}
	return strings.Join(names, "|")
}

// KWPStatus is the status byte of KWP 2000 (ISO 14230-3):
//
//	bit  7    warning lamp
//	bits 6-5  storage state: 0 none, 1 stored and not present, 2 present and
//	          not yet stored, 3 present and stored
//	bit  4    readiness: the test is not complete
//	bits 3-0  symptom of the fault
//
// Makers fill the byte less faithfully than that of UDS.
type KWPStatus byte

// WarningLamp reports whether the code asks for a lamp.
func (s KWPStatus) WarningLamp() bool { return s&0x80 != 0 }

// Symptom is the kind of fault, 0-F.
func (s KWPStatus) Symptom() byte { return byte(s & 0xF) }

// State translates the storage state.
func (s KWPStatus) State() State {
	return [...]State{NoFault, Stored, Pending, Active}[s>>5&3]
}

func (s KWPStatus) String() string {
	text := fmt.Sprintf("%s, symptom %X", s.State(), s.Symptom())
	if s.WarningLamp() {
		text += ", warning lamp"
	}
	return text
}
