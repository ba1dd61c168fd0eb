// Package passive learns from frames that others exchange which units were
// asked what, and what they answered. It sends nothing.
//
// What looks like ISO-TP mostly is not: any cyclic frame beginning with 03 22
// passes for a request. So a request and an answer identifier count as a unit
// only if the traffic convinces:
//
//   - Nearly everything on either identifier is explained: requests of a known
//     service on one, answers to an open request on the other. One message may
//     be unexplained, and a quarter of the rest. This drops counters, noise,
//     and constant frames that come unasked.
//   - Between the first and the last answer, at least half of the requests
//     that want an answer were answered, each within P2*.
//   - The answers hold enough bytes that their requests foretold: service,
//     DID or other echo, or 7F and service. Each beginning of an answer counts
//     once, so a constant frame proves little however often it comes. Each
//     change of the answer with its request counts one more, flow control from
//     the other side of a long message two.
//   - Nothing explains the same identifiers better, or as well.
//
// How many foretold bytes are enough depends on the identifiers:
//
//	2  a pair or group that a standard or maker reserves for diagnosis:
//	   7E0-7E7/7E8-7EF, 7DF, 18DAxxyy/18DAyyxx, 18DBxxyy, 6F1:xx/6xx:F1,
//	   and 18CE, 18CD like 18DA, 18DB where an address byte follows
//	3  the response identifier lies where makers usually put it: 8, 6A or 20
//	   above, 100 or 280 below, 400 above for 240-25F
//	4  any other, from three exchanges or one with flow control
//	6  any other, from two exchanges
//
// Hence a single 3E 00 answered on a usual pair is no unit: it is too little.
//
// A recording may hold one direction only. Then a unit is known by its answers
// alone if they name what they are about (62, 61, 5A, 41, 42, 46, 49 with an
// identifier), if nearly everything else on the identifier is an answer too,
// and if there is
//
//	7E8-7EF, 18DAF1xx, 6xx:F1   one of several frames, all of them in order, or three names and two lengths
//	640-65F, other 7xx          two names of several frames; one of them with content that changes or three names
//	                            more; eight names and two lengths
//
// and where no answer at all was recorded, by its requests alone:
//
//	7E0-7E7, 18DAxxF1, 6F1:xx   three different ones of two services, or identifiers that do not just count up
//	240-25F, other 7xx          eight different ones of three services
package passive

import (
	"strings"
	"time"

	"github.com/untether-obd/untether/obd/transport"
)

// Unit is a control unit that somebody had a conversation with.
type Unit struct {
	Address   transport.Address // an identifier that does not show is 0: see Heard
	Heard     Heard
	Dialect   Dialect    // empty: nothing shows it, or what shows fits several
	Exchanges []Exchange // in the order of the requests
	Orphans   int        // answers without their request: it lies before the recording, or only answers were recorded
	Skipped   int        // of OnlyRequests: earlier requests, which are counted only
}

// Where is the address as text. An identifier that did not show is ?.
func (u Unit) Where() string {
	request, response, _ := strings.Cut(u.Address.String(), "/")
	switch {
	case u.Heard == OnlyAnswers && u.Address.TX == 0:
		return "?/" + response
	case u.Heard == OnlyRequests && u.Address.RX == 0:
		return request + "/?"
	}
	return request + "/" + response
}

// Heard says which side of a conversation was recorded.
type Heard uint8

// What was heard of a unit. Where it is one side, the other side's identifier
// is known only where a rule reserves the pair.
const (
	BothSides Heard = iota
	OnlyAnswers
	OnlyRequests
)

// Exchange is one request and what became of it.
type Exchange struct {
	Request  []byte
	Response []byte // nil if none came; of a torn one what there is of it
	Outcome  Outcome

	Functional bool // the request went to a group; Address is the answering unit's
	Pending    int  // 78 answers before

	Sent        time.Time // the request's last frame
	First, Last time.Time // the answer's first and last frame; zero if none came
}

// Outcome is what became of a request.
type Outcome uint8

// The outcomes of a request.
const (
	Answered Outcome = iota // positively, and all of it is there
	Refused                 // 7F with a code other than 78
	Torn                    // answered, but frames of request or answer are missing
	Silent                  // no answer in time; after 78: none that was final
	Quiet                   // no answer, and none was wanted (3E 80)
	Cut                     // the recording ended before the answer's time was up
	Unasked                 // an answer, all of it, whose request was not recorded
)

var outcomes = [...]string{"answered", "refused", "torn", "silent", "quiet", "cut", "unasked"}

func (o Outcome) String() string { return outcomes[min(o, Unasked)] }
