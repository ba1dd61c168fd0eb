package vecu

import "time"

// Dialect is the language of a unit. Both speak SAE J1979 (services below 10)
// besides if the sheet has such answers.
type Dialect string

// The dialects.
const (
	UDS Dialect = "uds" // ISO 14229-1
	KWP Dialect = "kwp" // ISO 14230-3
)

// Sheet is all that a unit has to say.
type Sheet struct {
	Dialect  Dialect
	Sessions []Session // none: there is no service 10
	States   []State   // the unit starts in the first; none: it has a single one
	Answers  []Answer
	Latency  time.Duration // of an answer that has none of its own
	Jitter   time.Duration // either way
	S3       time.Duration // 0: 5 s
}

// DefaultS3 is the time after which a server leaves a session that nobody uses.
const DefaultS3 = 5 * time.Second

// Session is a diagnostic session and the answer to its request. The default
// one, 01 in UDS and 81 in KWP, need not be asked for.
type Session struct {
	ID       byte
	Response Bytes
	From     []byte // sessions from which it can be reached; none: from any
}

// State is a condition of the unit's own, such as a routine that runs.
type State struct {
	Name    string
	Lasts   time.Duration // 0: until something changes it
	Next    string        // the state after that
	Silence time.Duration // how long the unit restarts in between
}

// Answer is a response to a request. Of several that fit, the first counts.
//
// The response to a request for one identifier (22, and 01, 06, 09 of J1979)
// also answers it within a request for several.
type Answer struct {
	Request  Pattern
	Response Bytes // empty: the unit knows the request and says nothing
	Latency  time.Duration
	Session  []byte   // sessions in which it holds; none: in all
	State    []string // states in which it holds; none: in all
	Next     string   // the state into which the request puts the unit
	Silence  time.Duration
}
