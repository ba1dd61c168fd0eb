package guard

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/untether-obd/untether/obd/transport"
)

// ErrDenied is what every *DeniedError matches.
var ErrDenied = errors.New("denied by the guard")

// DeniedError is a request that did not leave this process. Request holds no
// more of it than service and sub-function or id: what follows may be secret.
type DeniedError struct {
	Address transport.Address
	Dialect Dialect
	Request []byte // nil: it is the link that was to do something
	Rule    string // the rule that it breaks
}

func (e *DeniedError) Error() string {
	if e.Request == nil {
		return "guard: denied: " + e.Rule
	}
	return fmt.Sprintf("guard: %s %s: % X denied: %s", e.Address, e.Dialect, e.Request, e.Rule)
}

// Is matches ErrDenied.
func (e *DeniedError) Is(target error) bool { return target == ErrDenied }

// RuleMoving is the rule that a technician can do something about: stop the car.
const RuleMoving = "the speed read last was not zero"

// RuleBench is another: do not take a car for a bench.
const RuleBench = "there is other traffic: this is no bench"

// RuleTraffic is the rule that may come to hold while a scan is under way: the
// address is left out then.
const RuleTraffic = "the identifier was seen in traffic"

// The rules, as they are told to people.
const (
	ruleList        = "not on the list of an inspection"
	ruleWhole       = "an id is incomplete"
	ruleDeclared    = "the id is neither standard nor among the reads of the unit's profile"
	ruleWithheld    = "the unit's profile marks the id as private or secret"
	ruleProgramming = "the programming session is never opened"
	ruleRole        = "sessions are changed on telematics and head units only"
	ruleNamed       = "the unit's profile does not name this session"
	ruleRefused     = "the unit has not refused anything in its default session"
	ruleOurs        = "we have not changed this unit's session"
	ruleIdle        = "the conversation with the unit has not been idle for 2 s"

	rulePresent = "a probe is the dialect's tester present and nothing else"
	ruleGroup   = "a group is not probed"
	ruleListen  = "the bus has not been listened to for a second"
	ruleBusy    = "a conversation with the unit is under way"
	ruleDialect = "GMLAN is asked at 240-25F and known addresses only"
	rulePlace   = "no unit of a car is asked there"

	ruleAgreed    = "nobody has agreed to these pins"
	ruleOccupied  = "a conversation is under way at the pins that would be left"
	ruleElsewhere = "the link is at other pins"
)

func (c *Conn) deny(req []byte, rule string) error {
	return &DeniedError{Address: c.address, Dialect: c.dialect, Request: head(req), Rule: rule}
}

// head is service and sub-function or id.
func head(req []byte) []byte {
	n := 2
	if bytes.HasPrefix(req, []byte{readByIdentifier}) {
		n = 3
	}
	return bytes.Clone(req[:min(n, len(req))])
}
