// Package exchange makes requests and receives their answers over a
// transport.Conn. The clients of UDS, KWP 2000 and J1979 share it: in all of
// them an answer begins with the service plus 40, or is 7F service code.
//
// Do makes one request of one unit, Collect one of a group; a Dialogue is a
// row of requests of one unit, in sessions that are kept open and left again.
package exchange

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
)

var errEmpty = errors.New("exchange: empty request")

const timerP2 = "P2"

// busyWaits come before each new try of a request answered 21 or 94.
var busyWaits = [...]time.Duration{100 * time.Millisecond, 300 * time.Millisecond, 900 * time.Millisecond}

// Result is an answer and what it took to get it.
type Result struct {
	Message  transport.Message
	Sent     transport.Sent // whether the request has left; after 21 or 94, the last one
	Pending  int            // answers 78
	Busy     int            // tries repeated after 21 or 94
	Foreign  int            // messages that did not belong to the request
	Stray    []byte         // the last one of those
	Reopened bool           // the unit had lost its session, which was opened again
	Latency  time.Duration  // end of the last Send to the first frame of the first answer, 78 included
}

// Do sends req and waits for its answer, through answers 78 and, re-sending
// the request, 21 and 94. What does not belong to the request is counted and
// does not prolong the wait.
//
// The Result tells what happened also where there is an error:
//
//	*uds.NegativeResponseError  (wrapped with the unit's address) the unit refused
//	*transport.TimeoutError     P2 or P2* expired, or a timer of the link
//	*PendingError               more answers 78 than the limits allow
//	*transport.ProtocolError    only foreign or malformed answers came
//
// An error of conn.Send is returned as it is. With Terms.Silent a request that
// nobody answers gives no error, and a Result without a Message.
func Do(ctx context.Context, conn transport.Conn, req []byte, t Terms) (Result, error) {
	if len(req) == 0 {
		return Result{}, errEmpty
	}
	x := &exchange{conn: conn, req: req, terms: t.withDefaults()}
	for {
		err := x.try(ctx)
		if !busy(err) || x.res.Busy == len(busyWaits) {
			return x.res, x.unlessSilent(err)
		}
		if err := sleep(ctx, busyWaits[x.res.Busy]); err != nil {
			return x.res, err
		}
		x.res.Busy++
	}
}

type exchange struct {
	conn  transport.Conn
	req   []byte
	terms Terms
	res   Result

	began    time.Time          // end of the first Send
	sent     time.Time          // end of the last Send
	deadline time.Time          // of the timer that runs
	answered bool               // the last request, by 78 at least
	heard    transport.Address  // who sent the last message
	foreign  *transport.Message // the last one that did not belong to the request
}

func busy(err error) bool {
	return errors.Is(err, uds.BusyRepeatRequest) || errors.Is(err, uds.ResourceTemporarilyNotAvailable)
}

// try sends the request once and waits for its final answer.
func (x *exchange) try(ctx context.Context) error {
	err := x.conn.Send(ctx, x.req, transport.Want{Answers: 1, Within: x.terms.P2})
	if x.res.Sent = sent(err); err != nil {
		return err
	}
	x.sent = time.Now()
	if x.began.IsZero() {
		x.began = x.sent
	}
	x.answered, x.foreign = false, nil
	x.deadline = x.sent.Add(x.terms.P2)
	for {
		m, err := x.recv(ctx)
		if err != nil {
			x.late(err)
			return err
		}
		if done, err := x.handle(m); done {
			return err
		}
	}
}

// late takes what a road that learns it only afterwards says of the sending.
func (x *exchange) late(err error) {
	if op, ok := errors.AsType[*transport.OpError](err); ok && op.Op == "send" && !x.answered {
		x.res.Sent = op.Sent
	}
}

// unlessSilent drops the error of a request that nobody was to answer, if
// nothing at all came, nor was announced.
func (x *exchange) unlessSilent(err error) error {
	if timeout, ok := errors.AsType[*transport.TimeoutError](err); ok && x.terms.Silent && timeout.Timer == timerP2 {
		return nil
	}
	return err
}

// sent tells from an error of a Send whether the message has left. Errors that
// do not say are refusals, from before the link was touched.
func sent(err error) transport.Sent {
	if err == nil {
		return transport.SentYes
	}
	if op, ok := errors.AsType[*transport.OpError](err); ok {
		return op.Sent
	}
	return transport.SentNo
}

// recv waits for the next message until the running timer's deadline.
func (x *exchange) recv(ctx context.Context) (transport.Message, error) {
	left := time.Until(x.deadline)
	if left <= 0 {
		return transport.Message{}, x.expired(x.heard)
	}
	m, err := x.conn.Recv(ctx, left)
	if timeout := beginTimeout(err); timeout != nil {
		return m, x.expired(timeout.Address)
	}
	return m, err
}

// beginTimeout gives err if it says that no first frame came; a timer of the
// network layer (N_Cr) is another matter.
func beginTimeout(err error) *transport.TimeoutError {
	if timeout, ok := errors.AsType[*transport.TimeoutError](err); ok && !strings.HasPrefix(timeout.Timer, "N_") {
		return timeout
	}
	return nil
}

// handle judges a message; done means that the try has ended.
func (x *exchange) handle(m transport.Message) (done bool, err error) {
	x.heard = m.From
	belongs, neg, err := x.judge(m)
	if !belongs {
		x.res.Foreign++
		x.res.Stray = m.Data
		foreign := m // only this one shall cost an allocation
		x.foreign = &foreign
		return false, nil
	}
	if !x.answered {
		x.answered = true
		x.res.Latency = max(0, m.First.Sub(x.sent))
	}
	x.res.Message = m
	switch {
	case err != nil:
		return true, err
	case neg == nil:
		return true, nil
	case neg.Code == uds.ResponsePending:
		err := x.pending(m)
		return err != nil, err
	}
	return true, fmt.Errorf("%s: %w", m.From, neg)
}

// pending starts P2*, which the limit on the whole may cut short.
func (x *exchange) pending(m transport.Message) error {
	x.res.Pending++
	now := time.Now()
	end := x.began.Add(x.terms.Limits.Total)
	if x.res.Pending > x.terms.Limits.Pending || !now.Before(end) {
		return x.pendingError(m.From)
	}
	x.deadline = now.Add(x.terms.P2Star)
	if x.deadline.After(end) {
		x.deadline = end
	}
	return nil
}

// expired is the error of the timer that has run out.
func (x *exchange) expired(a transport.Address) error {
	if x.foreign != nil && !x.answered {
		return x.protocolError(*x.foreign, x.want())
	}
	if x.answered && x.deadline.Equal(x.began.Add(x.terms.Limits.Total)) {
		return x.pendingError(a)
	}
	e := &transport.TimeoutError{Timer: timerP2, Address: a, After: x.terms.P2, Waiting: fmt.Sprintf("the answer to %02X", x.req[0])}
	if x.answered {
		e.Timer, e.After = "P2*", x.terms.P2Star
	}
	return e
}

func (x *exchange) pendingError(a transport.Address) error {
	return &PendingError{Address: a, Service: x.req[0], Count: x.res.Pending, Elapsed: time.Since(x.began)}
}

// ClauseAnswer is the clause of a ProtocolError about an answer that does not
// belong to the request, or is no whole one.
const ClauseAnswer = "answer to the request"

func (x *exchange) protocolError(m transport.Message, want string) error {
	return &transport.ProtocolError{Address: m.From, Clause: ClauseAnswer, Got: head(m.Data), Want: want}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
