package exchange

import (
	"context"
	"time"

	"github.com/untether-obd/untether/obd/transport"
)

// Collect sends a functional request and takes the answer of every unit that
// begins one within P2; a unit that answers 78 has P2* from then on, within
// the limits. Answers keep their source and the order in which they came.
//
// A refusal is an answer like any other (uds.ParseNegative reads it); 21 and
// 94 are not repeated, since the others would have to answer again. With
// enough set, the first positive answer that it finds good ends the collection
// and nothing else is told.
//
// Of each unit that was heard and gave no answer after all, failures has one
// error, which names it (Culprit):
//
//	*transport.TimeoutError, *PendingError  78 was its last word
//	*transport.TimeoutError                 its message broke off
//	*transport.ProtocolError                its answer is malformed, or to another request
//
// That nobody answers is no error. With err come the answers until then.
func Collect(ctx context.Context, conn transport.Conn, req []byte, t Terms, enough func(Result) bool) (answers []Result, failures []error, err error) {
	if len(req) == 0 {
		return nil, nil, errEmpty
	}
	t = t.withDefaults()
	if err := conn.Send(ctx, req, transport.Want{Answers: -1, Within: t.P2}); err != nil {
		return nil, nil, err
	}
	c := &collection{conn: conn, req: req, terms: t, enough: enough, sent: time.Now(), units: map[transport.Address]*speaker{}}
	err = c.run(ctx)
	return c.answers, c.failures(), err
}

type collection struct {
	conn   transport.Conn
	req    []byte
	terms  Terms
	enough func(Result) bool

	sent      time.Time
	units     map[transport.Address]*speaker
	order     []transport.Address // in which they were first heard
	answers   []Result
	satisfied bool // by the last of them
	over      bool
}

// speaker is a unit that was heard.
type speaker struct {
	open     *exchange // what it said so far is no answer yet
	foreign  int       // messages that were none to this request
	answered bool
	givenUp  bool // nothing more is taken from it
	failure  error
}

func (c *collection) run(ctx context.Context) error {
	for !c.over {
		// An answer that began in time may end after the deadline while
		// another is being taken, so the last wait is short, not none.
		m, err := c.conn.Recv(ctx, max(time.Until(c.deadline()), time.Millisecond))
		switch {
		case beginTimeout(err) != nil, err == nil && m.First.After(c.deadline()):
			c.over = true
		case err == nil:
			c.handle(m)
		case Culprit(err).IsZero():
			return err
		default:
			c.unit(Culprit(err)).fail(err)
			c.over = time.Since(c.sent) > c.terms.Limits.Total // broken messages without end
		}
	}
	return nil
}

// deadline is the latest of P2 and of every pending unit's P2*.
func (c *collection) deadline() time.Time {
	last := c.sent.Add(c.terms.P2)
	for _, u := range c.units {
		if u.open != nil && u.open.deadline.After(last) {
			last = u.open.deadline
		}
	}
	return last
}

func (c *collection) unit(a transport.Address) *speaker {
	u, known := c.units[a]
	if !known {
		u = &speaker{}
		c.units[a] = u
		c.order = append(c.order, a)
	}
	return u
}

func (c *collection) handle(m transport.Message) {
	u := c.unit(m.From)
	if u.givenUp {
		return
	}
	x := u.open
	if x == nil {
		x = c.begin()
	}
	before := x.res.Foreign
	done, err := x.handle(m)
	u.foreign += x.res.Foreign - before
	x.res.Foreign = u.foreign
	u.open = nil
	switch {
	case done && err != nil && !refused(err):
		u.givenUp = true
		u.fail(err)
	case done:
		u.answered = true
		c.answers = append(c.answers, x.res)
		c.satisfied = err == nil && c.enough != nil && c.enough(x.res)
		c.over = c.satisfied
	case x.res.Pending > 0, x.sameService(m):
		u.open = x
	}
}

// begin is the exchange with a unit that says its first word.
func (c *collection) begin() *exchange {
	x := &exchange{req: c.req, terms: c.terms, began: c.sent, sent: c.sent, deadline: c.sent.Add(c.terms.P2)}
	x.res.Sent = transport.SentYes
	return x
}

// fail keeps the first failure.
func (u *speaker) fail(err error) {
	if u.failure == nil {
		u.failure = err
	}
}

// failures gives the error of each unit that gave no answer.
func (c *collection) failures() (list []error) {
	if c.satisfied {
		return nil // who else was still at it does not matter
	}
	for _, a := range c.order {
		u := c.units[a]
		if u.open != nil {
			u.fail(u.open.expired(a))
		}
		if u.failure != nil && !u.answered {
			list = append(list, u.failure)
		}
	}
	return list
}
