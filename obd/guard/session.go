package guard

import (
	"slices"
	"time"
)

// session is what we did to a unit's session. A unit whose S3 has expired is
// back in its default one and here still ours: restoring it again does no
// harm, forgetting it would.
type session struct {
	asked bool // 10 xx was sent and not answered yet
	open  bool // it was granted, or an earlier one was never answered
}

func (s session) ours() bool { return s.asked || s.open }

// effect is what a request does to a unit's session.
type effect uint8

const (
	none effect = iota
	changes
	restores
)

const programmingSession = 0x02

var (
	defaultSession = map[Dialect]byte{UDS: 0x01, KWP: 0x81}
	ownSessions    = map[Dialect][]byte{UDS: {0x03}} // those that need no profile
)

// effectOf judges a request that is not empty.
func effectOf(d Dialect, req []byte) effect {
	if req[0] == stopSession {
		return restores
	}
	if req[0] != sessionControl {
		return none
	}
	if req[1] == defaultSession[d] {
		return restores
	}
	return changes
}

// checkSession passes the way back wherever we went, and the way there only
// to a telematics or head unit that has refused, in a car that stands. Bit 7
// of a UDS session byte only silences the answer.
func (c *Conn) checkSession(req []byte) error {
	if effectOf(c.dialect, req) == restores {
		return c.checkOurs(req)
	}
	if rule := c.noWayTo(req[1]); rule != "" {
		return c.deny(req, rule)
	}
	return nil
}

// noWayTo gives the rule against a session; empty if there is none.
func (c *Conn) noWayTo(wanted byte) string {
	u := c.unit
	if wanted&0x7F == programmingSession {
		return ruleProgramming
	}
	if !u.mayChange {
		return ruleRole
	}
	if !slices.Contains(u.sessions, wanted) {
		return ruleNamed
	}
	if !c.state.refused {
		return ruleRefused
	}
	if c.link.moves() {
		return RuleMoving
	}
	return ""
}

func (c *Conn) checkOurs(req []byte) error {
	if !c.state.session.ours() {
		return c.deny(req, ruleOurs)
	}
	return nil
}

// checkKeepAlive keeps 3E 80 out of segmented messages. Ours cannot be under
// way, since the turn is held. The unit's can be only while somebody receives,
// or before he begins to, and that is not 2 s after the request.
func (c *Conn) checkKeepAlive(req []byte) error {
	if err := c.checkOurs(req); err != nil {
		return err
	}
	rested := c.state.heard.Add(2 * time.Second)
	if c.receives() || rested.After(time.Now()) {
		return c.deny(req, ruleIdle)
	}
	return nil
}

// receives reports whether any Conn may be within a message of this unit; a
// group's Conn may.
func (c *Conn) receives() bool {
	for a, s := range c.segment.states {
		if s.receiving > 0 && a.Accepts(c.address.RX) && a.RXAE == c.address.RXAE {
			return true
		}
	}
	return false
}
