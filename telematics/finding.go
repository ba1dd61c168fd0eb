package telematics

import (
	"maps"
	"slices"
)

// Severity says how much a finding matters to whoever takes the car over.
type Severity string

// The severities.
const (
	Info    Severity = "info"
	Warning Severity = "warning" // the result is less than it could be, or odd
	Serious Severity = "problem" // something is wrong with the car, or the inspection could not be done
)

// FindingID is the stable name of something remarkable.
type FindingID string

// What an inspection can find in a unit.
const (
	VINSwapped        FindingID = "vin-swapped"        // the telematics unit's VIN is not the car's
	VINWiped          FindingID = "vin-wiped"          // it has none, or a dummy
	VINMissing        FindingID = "vin-missing"        // no unit gave the car's VIN
	VINConflict       FindingID = "vin-conflict"       // units disagree about the car's VIN
	IdentifierInvalid FindingID = "identifier-invalid" // a check failed
	IdentifierRemark  FindingID = "identifier-remark"  // valid, with a remark
	IdentifierBlank   FindingID = "identifier-blank"   // nothing stored, or wiped
	AnswerMalformed   FindingID = "answer-malformed"   // short, or not as the profile says
	ValueUnknown      FindingID = "value-unknown"      // a state that the profile has no word for
	WrongService      FindingID = "wrong-service"      // the answer belongs to another service
	WrongDID          FindingID = "wrong-did"          // the answer belongs to another identifier
	SequenceBroken    FindingID = "sequence-broken"    // a frame of a long answer out of order
	TwoSpeakers       FindingID = "two-speakers"       // two units on one response id
	UnitSilent        FindingID = "unit-silent"        // a unit that should be there does not answer
	UnitBusy          FindingID = "unit-busy"          // 21 or 94 after every try
	PendingLimit      FindingID = "pending-limit"      // 78 for too long
	SessionLeft       FindingID = "session-left"       // the default session could not be restored
	CarMoving         FindingID = "car-moving"         // so no session was changed
	SeveralUnits      FindingID = "several-telematics-units"
	UnitByAddress     FindingID = "unit-by-address" // it answers where other makes have theirs
)

// What an inspection can find in how a unit answers, the values apart.
const (
	AskedAgain       FindingID = "asked-again"        // no answer at first; the second try was answered
	BrokenAtFirst    FindingID = "broken-at-first"    // a broken answer; the second try gave a whole one
	AnswerLost       FindingID = "answer-lost"        // no answer to two tries, by a unit that answers others
	AnswerLate       FindingID = "answer-late"        // it came when we had given it up
	AnswerRepeated   FindingID = "answer-repeated"    // one that was given before came once more
	UnitSlow         FindingID = "unit-slow"          // many 78, or long pauses within an answer
	UnitBusyAtFirst  FindingID = "unit-busy-at-first" // 21, then an answer
	UnitRefuses      FindingID = "unit-refuses"       // everything, or everything from then on
	UnitLost         FindingID = "unit-lost"          // it fell silent in the middle
	UnitReturned     FindingID = "unit-returned"      // it was silent for a while
	SessionLost      FindingID = "session-lost"       // the unit left it by itself
	IdentifierShared FindingID = "identifier-shared"  // others send with one of the unit's identifiers
	NobodyAnswers    FindingID = "nobody-answers"     // no unit answered anything
)

// What an inspection can find on the way to the units.
const (
	BusAsleep         FindingID = "bus-asleep"
	NotAcknowledged   FindingID = "not-acknowledged"
	BusOff            FindingID = "bus-off"
	BusErrors         FindingID = "bus-errors"
	FramesDropped     FindingID = "frames-dropped"  // our side was too slow
	FramesIgnored     FindingID = "frames-ignored"  // they break ISO 15765-2
	FramesRepeated    FindingID = "frames-repeated" // a few errors on the bus
	AnotherTester     FindingID = "another-tester"
	BusFull           FindingID = "bus-full"
	FDTraffic         FindingID = "fd-traffic"
	FellAsleep        FindingID = "fell-asleep" // for a while nobody acknowledged
	MovedOff          FindingID = "moved-off"   // the car stood at first
	AdapterFailed     FindingID = "adapter-failed"
	SupplyLow         FindingID = "supply-low"
	SupplyStop        FindingID = "supply-stop"
	RecordingLine     FindingID = "recording-line"     // a line that cannot be read
	RecordingFull     FindingID = "recording-full"     // more than can be kept; the rest was left out
	NothingAsked      FindingID = "nothing-asked"      // a recording in which no telematics unit was asked
	HalfHeard         FindingID = "half-heard"         // a conversation in a recording with answers or requests missing
	OnlyAnswers       FindingID = "only-answers"       // a recording without the requests to a unit
	OnlyRequests      FindingID = "only-requests"      // a recording without any answer
	RecordingRedacted FindingID = "recording-redacted" // what units answered is blanked
	NotRecorded       FindingID = "not-recorded"       // what the inspection asks and the recording does not have
	Incomplete        FindingID = "incomplete"         // interrupted or broken off
	AddressesInUse    FindingID = "addresses-in-use"   // a scan left them out: others send there
	ScanSlowed        FindingID = "scan-slowed"        // a sign that it was too fast for somebody
)

// What an inspection can find about the adapter: most of it only a dongle can
// tell.
const (
	AdapterDeaf        FindingID = "adapter-deaf"        // it cannot listen without a word, so nobody listened first
	AdapterReset       FindingID = "adapter-reset"       // in mid-inspection
	AdapterOverrun     FindingID = "adapter-overrun"     // its buffer overflowed
	AdapterGarbled     FindingID = "adapter-garbled"     // it could not read what it received
	AnswerSpoiled      FindingID = "answer-spoiled"      // by that, twice
	RequestTooLong     FindingID = "request-too-long"    // for it, so it was not made
	UnitUnreachable    FindingID = "unit-unreachable"    // it cannot carry the unit's form of address
	PlacesUnreachable  FindingID = "places-unreachable"  // likewise where other makes have their unit
	OtherPins          FindingID = "other-pins"          // a unit is there, and nobody agreed to go there
	PinsUnreachable    FindingID = "pins-unreachable"    // a unit is there, and the adapter cannot go there
	OtherBitrate       FindingID = "other-bitrate"       // a unit of the profile has it, and the car's bus has not
	OverKLine          FindingID = "over-k-line"         // not CAN, so no unit on CAN was asked
	SupplyImplausible  FindingID = "supply-implausible"  // the voltage that the adapter measures
	SupplyContradicted FindingID = "supply-contradicted" // the car says something else than the adapter
)

var severities = map[FindingID]Severity{
	VINSwapped: Serious, VINWiped: Warning, VINMissing: Warning, VINConflict: Serious,
	IdentifierInvalid: Warning, IdentifierRemark: Info, IdentifierBlank: Info,
	AnswerMalformed: Warning, ValueUnknown: Warning, WrongService: Warning, WrongDID: Warning,
	SequenceBroken: Warning, TwoSpeakers: Serious,
	UnitSilent: Info, UnitBusy: Warning, PendingLimit: Warning, SessionLeft: Warning,
	CarMoving: Info, SeveralUnits: Info, UnitByAddress: Info,

	AskedAgain: Info, BrokenAtFirst: Info, AnswerLost: Warning, AnswerLate: Warning, AnswerRepeated: Warning,
	UnitSlow: Info, UnitBusyAtFirst: Info, UnitRefuses: Warning, UnitLost: Warning, UnitReturned: Warning,
	SessionLost: Warning, IdentifierShared: Warning, NobodyAnswers: Warning,
	FramesIgnored: Warning, FramesRepeated: Info, AnotherTester: Warning, BusFull: Warning, FDTraffic: Info,
	FellAsleep: Warning, MovedOff: Warning,

	AdapterDeaf: Info, AdapterReset: Warning, AdapterOverrun: Warning, AdapterGarbled: Warning,
	AnswerSpoiled: Warning, RequestTooLong: Warning, UnitUnreachable: Warning, PlacesUnreachable: Info,
	OtherPins: Info, PinsUnreachable: Warning, OtherBitrate: Warning, OverKLine: Warning,
	SupplyImplausible: Info, SupplyContradicted: Info,

	BusAsleep: Warning, NotAcknowledged: Warning, BusOff: Serious, BusErrors: Serious,
	FramesDropped: Warning, AdapterFailed: Serious,
	SupplyLow: Warning, SupplyStop: Serious,
	RecordingLine: Warning, RecordingFull: Warning, NothingAsked: Info,
	AddressesInUse: Info, ScanSlowed: Info,
	HalfHeard: Info, OnlyAnswers: Warning, OnlyRequests: Warning, RecordingRedacted: Warning, NotRecorded: Warning, Incomplete: Warning,
}

// FindingIDs lists every finding, sorted.
func FindingIDs() []FindingID { return slices.Sorted(maps.Keys(severities)) }

// Severity is the same for every occurrence of a finding.
func (f FindingID) Severity() Severity { return severities[f] }

// Finding is something remarkable that an inspection came upon.
type Finding struct {
	ID       FindingID `json:"id"`
	Severity Severity  `json:"severity"`
	Summary  string    `json:"summary"`        // in the reader's language
	Unit     string    `json:"unit,omitempty"` // empty: the car or the bus
}
