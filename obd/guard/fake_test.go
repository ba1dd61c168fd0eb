package guard_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
)

var (
	telematics = transport.MustAddress("754/75C")
	gateway    = transport.MustAddress("716/71E")
	engine     = transport.MustAddress("7E0/7E8")
	everybody  = transport.MustAddress("7DF/7E8-7EF")
)

// fakeLink is a car behind a link: it keeps what it is sent and answers from
// a list. Requests and answers are hex.
type fakeLink struct {
	mu      sync.Mutex
	answers map[string][]string          // request -> answers, from the address asked
	from    map[string]transport.Address // request -> who answers it, if not that address
	unasked []string                     // what comes before any request
	fail    map[string]error             // request -> what Send gives, the request being kept unless SentNo
	hold    chan struct{}                // if not nil, a Send waits for it
	meddle  func()                       // if not nil, done while a Send is under way
	sent    []string                     // what came through, in order
	last    []byte                       // the last of it
	count   int                          // how many
	dialled []transport.Params           // what Dial was given
	dialErr error                        // what Dial gives
	closed  bool
}

func newFake() *fakeLink {
	return &fakeLink{
		answers: map[string][]string{}, from: map[string]transport.Address{}, fail: map[string]error{},
	}
}

func (f *fakeLink) Dial(_ context.Context, a transport.Address, p transport.Params) (transport.Conn, error) {
	f.dialled = append(f.dialled, p)
	if f.dialErr != nil {
		return nil, f.dialErr
	}
	c := &fakeConn{car: f, address: a, queue: make(chan transport.Message, 16)}
	for _, m := range f.unasked {
		c.queue <- transport.Message{From: a, Data: unhex(m)}
	}
	return c, nil
}

func (f *fakeLink) Close() error {
	f.closed = true
	return nil
}

type fakeConn struct {
	car     *fakeLink
	address transport.Address
	queue   chan transport.Message
	closed  bool
}

func (c *fakeConn) Send(ctx context.Context, msg []byte, _ transport.Want) error {
	c.car.mu.Lock()
	hold := c.car.hold
	c.car.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	c.car.mu.Lock()
	defer c.car.mu.Unlock()
	if c.closed {
		return &transport.OpError{Op: "send", Address: c.address, Sent: transport.SentNo, Err: transport.ErrClosed}
	}
	if c.car.meddle != nil {
		c.car.meddle()
	}
	c.car.count++
	c.car.last = append(c.car.last[:0], msg...)
	if len(c.car.answers) == 0 && len(c.car.fail) == 0 {
		return nil
	}
	return c.talk(show(msg))
}

// talk keeps a request and queues its answers.
func (c *fakeConn) talk(req string) error {
	c.car.sent = append(c.car.sent, req)
	from, ok := c.car.from[req]
	if !ok {
		from = c.address
	}
	for _, a := range c.car.answers[req] {
		c.queue <- transport.Message{From: from, Data: unhex(a), First: time.Now(), Last: time.Now()}
	}
	return c.car.fail[req]
}

func (c *fakeConn) Recv(ctx context.Context, begin time.Duration) (transport.Message, error) {
	select {
	case m := <-c.queue:
		return m, nil
	case <-time.After(begin):
		return transport.Message{From: c.address, Data: unhex("7F 22 31")},
			&transport.TimeoutError{Timer: "P2", Address: c.address, After: begin}
	case <-ctx.Done():
		return transport.Message{}, ctx.Err()
	}
}

func (c *fakeConn) Close() error {
	c.closed = true
	return nil
}

func show(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

func unhexAll(list ...string) [][]byte {
	var all [][]byte
	for _, s := range list {
		all = append(all, unhex(s))
	}
	return all
}

// tester is a guarded link to a fake car.
type tester struct {
	*testing.T
	car   *fakeLink
	guard *guard.Link
}

func newTester(t *testing.T, units ...guard.Unit) *tester {
	t.Helper()
	car := newFake()
	return &tester{t, car, guard.New(car, guard.Policy{Units: units})}
}

func (t *tester) dial(a transport.Address, d guard.Dialect) *guard.Conn {
	t.Helper()
	c, err := t.guard.Dial(t.Context(), a, d, transport.Params{})
	require.NoError(t, err)
	return c
}

// answer makes the car answer a request.
func (t *tester) answer(req string, answers ...string) {
	t.car.answers[strings.ReplaceAll(req, " ", "")] = answers
}

// ask sends a request and takes one answer, if one comes.
func (t *tester) ask(c *guard.Conn, req string) {
	t.Helper()
	t.passes(c, req)
	t.hear(c)
}

// hear takes one answer, if one comes within a second.
func (t *tester) hear(c *guard.Conn) {
	t.Helper()
	_, err := c.Recv(t.Context(), time.Second)
	var timeout *transport.TimeoutError
	if err != nil {
		require.ErrorAs(t, err, &timeout)
	}
}

// passes sends a request that the guard lets through.
func (t *tester) passes(c *guard.Conn, req string) {
	t.Helper()
	before := t.car.count
	require.NoError(t, c.Send(t.Context(), unhex(req), transport.Want{Answers: 1}), req)
	require.Equal(t, before+1, t.car.count, req)
	require.True(t, bytes.Equal(unhex(req), t.car.last), req)
}

// denied sends a request that the guard stops, for the rule that says so.
func (t *tester) denied(c *guard.Conn, req, rule string) {
	t.Helper()
	before := t.car.count
	err := c.Send(t.Context(), unhex(req), transport.Want{Answers: 1})
	require.ErrorIs(t, err, guard.ErrDenied, req)
	var denied *guard.DeniedError
	require.ErrorAs(t, err, &denied)
	require.Contains(t, denied.Rule, rule, req)
	require.Equal(t, before, t.car.count, req)
}
