package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/transport"
)

const timerP2 = "P2"

// collect makes a functional request.
func collect(ctx context.Context, conn transport.Conn, q query, terms exchange.Terms, first bool, good func([]byte) bool) ([]exchange.Result, []error, error) {
	l := &listener{Conn: conn, query: q}
	if first {
		l.good = good
	}
	results, err := exchange.Collect(ctx, l, q.msg, terms)
	if l.satisfied {
		return results, nil, nil // who else was still at it does not matter
	}
	failures, err := split(err)
	return results, l.add(failures, results), err
}

// listener stands between a collection and its Conn. It hears what a
// collection passes over: messages that broke off, answers that repeat the
// wrong identifier. With good set it ends the collection at the first good
// answer.
type listener struct {
	transport.Conn
	query     query
	good      func([]byte) bool
	satisfied bool
	failures  []error
}

// Recv passes on what the Conn receives. A message that broke off is one
// unit's failure: the others are heard on.
func (l *listener) Recv(ctx context.Context, begin time.Duration) (transport.Message, error) {
	until := time.Now().Add(begin)
	for !l.satisfied {
		m, err := l.Conn.Recv(ctx, time.Until(until))
		if err != nil && !silent(err) && !culprit(err).IsZero() {
			l.failures = append(l.failures, err)
			continue
		}
		if err == nil {
			l.judge(m)
		}
		return m, err
	}
	return transport.Message{}, &transport.TimeoutError{Timer: timerP2, After: begin}
}

func (l *listener) judge(m transport.Message) {
	positive := bytes.Clone(l.query.msg[:1+l.query.echo])
	positive[0] += 0x40
	switch {
	case bytes.HasPrefix(m.Data, positive):
		l.satisfied = l.good != nil && l.good(m.Data)
	case len(m.Data) > l.query.echo && m.Data[0] == positive[0]:
		l.failures = append(l.failures, &transport.ProtocolError{
			Address: m.From, Clause: "answer to the request", Got: hex(m.Data[:len(positive)]), Want: hex(positive),
		})
	}
}

// add gives the failures of units that gave no answer after all, one of each.
func (l *listener) add(failures []error, results []exchange.Result) []error {
	var known []transport.Address
	for _, r := range results {
		known = append(known, r.Message.From)
	}
	var out []error
	for _, f := range append(failures, l.failures...) {
		if a := culprit(f); !slices.Contains(known, a) {
			out, known = append(out, f), append(known, a)
		}
	}
	return out
}

// split tells the failures of single units from that of the whole.
func split(err error) (failures []error, rest error) {
	switch joined, ok := err.(interface{ Unwrap() []error }); {
	case err == nil:
		return nil, nil
	case !ok && !culprit(err).IsZero():
		return []error{err}, nil
	case !ok:
		return nil, err
	default:
		for _, e := range joined.Unwrap() {
			f, r := split(e)
			failures, rest = append(failures, f...), errors.Join(rest, r)
		}
		return failures, rest
	}
}

// culprit is the unit whose fault an error is, the zero Address if it is ours.
func culprit(err error) transport.Address {
	var (
		ours     *transport.OpError
		timeout  *transport.TimeoutError
		pending  *exchange.PendingError
		protocol *transport.ProtocolError
	)
	switch {
	case errors.As(err, &ours):
		return transport.Address{}
	case errors.As(err, &timeout):
		return timeout.Address
	case errors.As(err, &pending):
		return pending.Address
	case errors.As(err, &protocol):
		return protocol.Address
	}
	return transport.Address{}
}

// silent reports whether an error says that no answer began.
func silent(err error) bool {
	var timeout *transport.TimeoutError
	return errors.As(err, &timeout) && timeout.Timer == timerP2
}

func hex(b []byte) string { return fmt.Sprintf("% X", b) }
