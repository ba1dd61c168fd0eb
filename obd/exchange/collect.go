package exchange

import (
	"context"
	"errors"
	"time"

	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
)

// Collect sends a functional request and takes the answer of every unit that
// begins one within P2; a unit that answers 78 has P2* from then on, within
// the limits. Answers keep their source and the order in which they came.
//
// A refusal is an answer like any other (uds.ParseNegative reads it); 21 and
// 94 are not repeated, since the others would have to answer again. That
// nobody answers is no error. With an error come the answers until then. A
// unit whose 78 was its last word has no answer and gives a
// *transport.TimeoutError or *PendingError, joined into the error.
func Collect(ctx context.Context, conn transport.Conn, req []byte, t Terms) ([]Result, error) {
	if len(req) == 0 {
		return nil, errEmpty
	}
	t = t.withDefaults()
	if err := conn.Send(ctx, req, transport.Want{Answers: -1, Within: t.P2}); err != nil {
		return nil, err
	}
	c := &collection{conn: conn, req: req, terms: t, sent: time.Now(), units: map[transport.Address]*exchange{}, mute: map[transport.Address]bool{}}
	err := c.run(ctx)
	return c.done, errors.Join(err, c.unfinished())
}

// collection holds one exchange for each unit that has answered 78 so far.
type collection struct {
	conn  transport.Conn
	req   []byte
	terms Terms
	sent  time.Time
	units map[transport.Address]*exchange
	order []transport.Address
	done  []Result
	mute  map[transport.Address]bool // units given up
	errs  []error
}

func (c *collection) run(ctx context.Context) error {
	for {
		// An answer that began in time may end after the deadline while
		// another is being taken, so the last wait is short, not none.
		m, err := c.conn.Recv(ctx, max(time.Until(c.deadline()), time.Millisecond))
		if err != nil {
			return unlessBegin(err)
		}
		if m.First.After(c.deadline()) {
			return nil
		}
		c.handle(m)
	}
}

// unlessBegin drops the error that ends a collection: no further answer began.
func unlessBegin(err error) error {
	if beginTimeout(err) != nil {
		err = nil
	}
	return err
}

// deadline is the latest of P2 and of every pending unit's P2*.
func (c *collection) deadline() time.Time {
	last := c.sent.Add(c.terms.P2)
	for _, x := range c.units {
		if x.deadline.After(last) {
			last = x.deadline
		}
	}
	return last
}

func (c *collection) handle(m transport.Message) {
	if c.mute[m.From] {
		return
	}
	x, pending := c.units[m.From]
	if !pending {
		x = &exchange{req: c.req, terms: c.terms, began: c.sent, sent: c.sent, deadline: c.sent.Add(c.terms.P2)}
		x.res.Sent = transport.SentYes
	}
	done, err := x.handle(m)
	var neg *uds.NegativeResponseError
	switch {
	case done:
		delete(c.units, m.From)
		if err != nil && !errors.As(err, &neg) {
			c.errs = append(c.errs, err)
			c.mute[m.From] = true
			return
		}
		c.done = append(c.done, x.res)
	case !pending && x.res.Pending > 0:
		c.units[m.From] = x
		c.order = append(c.order, m.From)
	}
}

// unfinished gives the error of each unit that did not keep its word, and of
// each malformed answer.
func (c *collection) unfinished() error {
	for _, a := range c.order {
		if x, pending := c.units[a]; pending {
			c.errs = append(c.errs, x.expired(a))
		}
	}
	return errors.Join(c.errs...)
}
