package exchange_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/exchange/exchangetest"
	"github.com/untether-obd/untether/obd/kwp"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
)

const (
	ms   = time.Millisecond
	tick = time.Microsecond
)

var (
	address = transport.MustAddress("754/75C")
	readVIN = []byte{0x22, 0xF1, 0x90}
	vin     = []byte{0x62, 0xF1, 0x90, 'W'}
	pending = []byte{0x7F, 0x22, 0x78}
	busy    = []byte{0x7F, 0x22, 0x21}
	noSpace = []byte{0x7F, 0x22, 0x94}
	stale   = []byte{0x50, 0x03}
)

type reply = exchangetest.Reply

// always answers each request alike.
func always(replies ...reply) *exchangetest.Unit {
	return exchangetest.New(address, func(int, []byte) []reply { return replies })
}

// inTurn answers the n-th request with the n-th list, the last for ever.
func inTurn(lists ...[]reply) *exchangetest.Unit {
	return exchangetest.New(address, func(n int, _ []byte) []reply { return lists[min(n, len(lists)-1)] })
}

func do(t *testing.T, u *exchangetest.Unit, terms exchange.Terms) (exchange.Result, error) {
	t.Helper()
	return exchange.Do(t.Context(), u, readVIN, terms)
}

func TestAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := always(reply{After: 7 * ms, Lasts: 20 * ms, Data: vin})
		u.SendTime = 3 * ms
		begin := time.Now()
		res, err := do(t, u, exchange.Terms{P2: 30 * ms, Echo: 2})
		require.NoError(t, err)
		require.Equal(t, exchange.Result{
			Message: transport.Message{From: address, Data: vin, First: begin.Add(10 * ms), Last: begin.Add(30 * ms)},
			Sent:    transport.SentYes,
			Latency: 7 * ms,
		}, res)
		require.Equal(t, transport.Want{Answers: 1, Within: 30 * ms}, u.Requests()[0].Want)
	})
}

func TestP2(t *testing.T) {
	for name, c := range map[string]struct {
		terms exchange.Terms
		p2    time.Duration
	}{
		"default": {exchange.Terms{}, 250 * ms},
		"given":   {exchange.Terms{P2: 150 * ms}, 150 * ms},
	} {
		t.Run(name+" one tick before", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := always(reply{After: c.p2 - tick, Lasts: time.Second, Data: vin})
				res, err := do(t, u, c.terms)
				require.NoError(t, err)
				require.Equal(t, c.p2-tick, res.Latency)
			})
		})
		t.Run(name+" one tick after", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				_, err := do(t, always(reply{After: c.p2 + tick, Data: vin}), c.terms)
				require.Equal(t, &transport.TimeoutError{Timer: "P2", Address: address, After: c.p2, Waiting: "the answer to 22"}, err)
				require.ErrorIs(t, err, os.ErrDeadlineExceeded)
				require.NotErrorIs(t, err, context.DeadlineExceeded)
				require.Equal(t, c.p2, time.Since(begin))
			})
		})
	}
}

func TestPendingStartsP2Star(t *testing.T) {
	for name, c := range map[string]struct {
		after time.Duration
		want  error
	}{
		"one tick before": {5*time.Second - tick, nil},
		"one tick after":  {5*time.Second + tick, &transport.TimeoutError{Timer: "P2*", Address: address, After: 5 * time.Second, Waiting: "the answer to 22"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				res, err := do(t, always(reply{After: 20 * ms, Data: pending}, reply{After: 20*ms + c.after, Data: vin}), exchange.Terms{})
				require.Equal(t, c.want, err)
				require.Equal(t, 1, res.Pending)
				require.Equal(t, 20*ms, res.Latency, "P2 is measured to the first answer")
			})
		})
	}
}

// chain is n answers 78, one each gap, and then the value.
func chain(n int, gap time.Duration) []reply {
	var list []reply
	for i := range n {
		list = append(list, reply{After: time.Duration(i+1) * gap, Data: pending})
	}
	return append(list, reply{After: time.Duration(n+1) * gap, Data: vin})
}

func TestPendingCount(t *testing.T) {
	for name, c := range map[string]struct {
		limits exchange.Limits
		n      int
		want   error
	}{
		"ten":              {exchange.Limits{}, 10, nil},
		"eleven":           {exchange.Limits{}, 11, &exchange.PendingError{Address: address, Service: 0x22, Count: 11, Elapsed: 1100 * ms}},
		"as many as given": {exchange.Limits{Pending: 20}, 20, nil},
		"more than given":  {exchange.Limits{Pending: 20}, 21, &exchange.PendingError{Address: address, Service: 0x22, Count: 21, Elapsed: 2100 * ms}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, err := do(t, always(chain(c.n, 100*ms)...), exchange.Terms{Limits: c.limits})
				require.Equal(t, c.want, err)
			})
		})
	}
}

func TestPendingTotal(t *testing.T) {
	for name, c := range map[string]struct {
		limits exchange.Limits
		after  time.Duration
		want   error
	}{
		"one tick before": {exchange.Limits{}, 15*time.Second - tick, nil},
		"one tick after":  {exchange.Limits{}, 15*time.Second + tick, &exchange.PendingError{Address: address, Service: 0x22, Count: 4, Elapsed: 15 * time.Second}},
		"given, before":   {exchange.Limits{Total: 16 * time.Second}, 16*time.Second - tick, nil},
		"given, after":    {exchange.Limits{Total: 16 * time.Second}, 16*time.Second + tick, &exchange.PendingError{Address: address, Service: 0x22, Count: 4, Elapsed: 16 * time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				list := []reply{{After: 200 * ms, Data: pending}}
				for at := 4 * time.Second; at <= 12*time.Second; at += 4 * time.Second {
					list = append(list, reply{After: at, Data: pending})
				}
				list = append(list, reply{After: c.after, Data: vin})
				_, err := do(t, always(list...), exchange.Terms{Limits: c.limits})
				require.Equal(t, c.want, err)
			})
		})
	}
}

// A 78 whose reception ends after the limit starts no further wait.
func TestPendingAfterTotal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		list := []reply{{After: 10 * ms, Data: pending}, {After: 900 * ms, Lasts: 200 * ms, Data: pending}, {After: 1200 * ms, Data: vin}}
		_, err := do(t, always(list...), exchange.Terms{Limits: exchange.Limits{Total: time.Second}})
		require.Equal(t, &exchange.PendingError{Address: address, Service: 0x22, Count: 2, Elapsed: 1100 * ms}, err)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.EqualError(t, err, "754/75C: service 22 still pending after 2 answers 78 in 1.1s")
		var timeout interface{ Timeout() bool }
		require.ErrorAs(t, err, &timeout)
		require.True(t, timeout.Timeout())
	})
}

func TestBusyIsRepeated(t *testing.T) {
	for name, answer := range map[string][]byte{"21": busy, "94": noSpace} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				refuse, answer := []reply{{After: 10 * ms, Data: answer}}, []reply{{After: 5 * ms, Data: vin}}
				u := inTurn(refuse, refuse, refuse, answer)
				begin := time.Now()
				res, err := do(t, u, exchange.Terms{})
				require.NoError(t, err)
				require.Equal(t, 3, res.Busy)
				require.Equal(t, 5*ms, res.Latency, "of the last try")
				var at []time.Duration
				for _, r := range u.Requests() {
					require.Equal(t, readVIN, r.Data)
					at = append(at, r.At.Sub(begin))
				}
				require.Equal(t, []time.Duration{0, 110 * ms, 420 * ms, 1330 * ms}, at)
			})
		})
	}
}

func TestBusyForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := always(reply{Data: busy})
		begin := time.Now()
		res, err := do(t, u, exchange.Terms{})
		require.ErrorIs(t, err, uds.BusyRepeatRequest)
		require.Len(t, u.Requests(), 4)
		require.Equal(t, 3, res.Busy)
		require.Equal(t, 1300*ms, time.Since(begin))
	})
}

func TestRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := always(reply{After: ms, Data: []byte{0x7F, 0x22, 0x31}})
		res, err := do(t, u, exchange.Terms{})
		var neg *uds.NegativeResponseError
		require.ErrorAs(t, err, &neg)
		require.Equal(t, uds.NegativeResponseError{Service: 0x22, Code: uds.RequestOutOfRange}, *neg)
		require.EqualError(t, err, "754/75C: service 22 refused: request out of range (31)")
		require.Equal(t, []byte{0x7F, 0x22, 0x31}, res.Message.Data)
		require.Len(t, u.Requests(), 1)
	})
}

func TestForeignAnswers(t *testing.T) {
	wrongID := []byte{0x62, 0xF1, 0x8C, 'S'}
	otherRefusal := []byte{0x7F, 0x10, 0x12}
	protocol := func(got string) error {
		return &transport.ProtocolError{Address: address, Clause: "answer to the request", Got: got, Want: "62 F1 90"}
	}
	cases := []struct {
		name    string
		replies []reply
		foreign int
		want    error
		took    time.Duration
	}{
		{"another service, then ours", []reply{{After: ms, Data: stale}, {After: 2 * ms, Data: vin}}, 1, nil, 2 * ms},
		{"another identifier, then ours", []reply{{After: ms, Data: wrongID}, {After: 2 * ms, Data: vin}}, 1, nil, 2 * ms},
		{"refusal of another service, then ours", []reply{{After: ms, Data: otherRefusal}, {After: 2 * ms, Data: vin}}, 1, nil, 2 * ms},
		{"empty, then ours", []reply{{After: ms, Data: nil}, {After: 2 * ms, Data: vin}}, 1, nil, 2 * ms},
		{"7F alone, then ours", []reply{{After: ms, Data: []byte{0x7F}}, {After: 2 * ms, Data: vin}}, 1, nil, 2 * ms},
		{"only another service", []reply{{After: ms, Data: stale}}, 1, protocol("50 03"), 250 * ms},
		{"only an empty one", []reply{{After: ms, Data: nil}}, 1, protocol("nothing"), 250 * ms},
		{"only other identifiers", []reply{{After: ms, Data: stale}, {After: 200 * ms, Data: wrongID}}, 2, protocol("62 F1 8C 53"), 250 * ms},
		{"ours one tick before P2", []reply{{After: 200 * ms, Data: stale}, {After: 250*ms - tick, Data: vin}}, 1, nil, 250*ms - tick},
		{"ours one tick after P2", []reply{{After: 200 * ms, Data: stale}, {After: 250*ms + tick, Data: vin}}, 1, protocol("50 03"), 250 * ms},
		{"still coming when P2 is over", []reply{{After: 200 * ms, Lasts: 100 * ms, Data: stale}, {After: 301 * ms, Data: vin}}, 1, protocol("50 03"), 300 * ms},
		{
			"after a 78",
			[]reply{{After: ms, Data: pending}, {After: 2 * ms, Data: stale}},
			1, &transport.TimeoutError{Timer: "P2*", Address: address, After: 5 * time.Second, Waiting: "the answer to 22"}, 5001 * ms,
		},
		{
			"still coming when P2* is over",
			[]reply{{After: ms, Data: pending}, {After: 5000 * ms, Lasts: 100 * ms, Data: stale}},
			1, &transport.TimeoutError{Timer: "P2*", Address: address, After: 5 * time.Second, Waiting: "the answer to 22"}, 5100 * ms,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				res, err := do(t, always(c.replies...), exchange.Terms{Echo: 2})
				require.Equal(t, c.want, err)
				require.Equal(t, c.foreign, res.Foreign)
				require.Equal(t, c.replies[c.foreign-1+res.Pending].Data, res.Stray)
				require.Equal(t, c.took, time.Since(begin))
			})
		})
	}
}

func TestMalformedAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		data      []byte
		got, want string
	}{
		"refusal without a code": {[]byte{0x7F, 0x22}, "7F 22", "7F 22 and one code"},
		"refusal with two codes": {[]byte{0x7F, 0x22, 0x31, 0}, "7F 22 31 00", "7F 22 and one code"},
		"half an identifier":     {[]byte{0x62, 0xF1}, "62 F1", "62 F1 90"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, err := do(t, always(reply{Data: c.data}), exchange.Terms{Echo: 2})
				require.Equal(t, &transport.ProtocolError{Address: address, Clause: "answer to the request", Got: c.got, Want: c.want}, err)
			})
		})
	}
}

// A request shorter than the echo is echoed as far as it goes.
func TestEchoBeyondTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, err := exchange.Do(t.Context(), always(reply{Data: []byte{0x7E}}), []byte{0x3E}, exchange.Terms{Echo: 1})
		require.NoError(t, err)
	})
}

func TestEmptyRequest(t *testing.T) {
	_, err := exchange.Do(t.Context(), always(), nil, exchange.Terms{})
	require.ErrorContains(t, err, "empty request")
	_, _, err = exchange.Collect(t.Context(), always(), nil, exchange.Terms{}, nil)
	require.ErrorContains(t, err, "empty request")
}

func TestSilent(t *testing.T) {
	refusal := []byte{0x7F, 0x22, 0x22}
	for name, c := range map[string]struct {
		replies []reply
		want    string
		took    time.Duration
	}{
		"silence is success":  {nil, "", 250 * ms},
		"a refusal is none":   {[]reply{{After: ms, Data: refusal}}, "conditions not correct", ms},
		"answer after 78":     {[]reply{{After: ms, Data: pending}, {After: 2 * ms, Data: vin}}, "", 2 * ms},
		"a 78 is to be kept":  {[]reply{{After: ms, Data: pending}}, "P2* expired", 5001 * ms},
		"only a wrong answer": {[]reply{{After: ms, Data: stale}}, "got 50 03", 250 * ms},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				_, err := do(t, always(c.replies...), exchange.Terms{Silent: true})
				require.Equal(t, c.took, time.Since(begin))
				if c.want == "" {
					require.NoError(t, err)
				} else {
					require.ErrorContains(t, err, c.want)
				}
			})
		})
	}
}

func TestMalformed(t *testing.T) {
	m := transport.Message{From: address}
	want := &transport.ProtocolError{Address: address, Clause: "59: trouble code", Got: "1 byte", Want: "3 bytes"}
	inUDS := &uds.FormatError{Service: 0x59, Field: "trouble code", Got: "1 byte", Want: "3 bytes"}
	inKWP := (*kwp.FormatError)(inUDS)
	require.Equal(t, want, exchange.Malformed[uds.FormatError](m, inUDS))
	require.Equal(t, want, exchange.Malformed[kwp.FormatError](m, fmt.Errorf("read: %w", inKWP)))
	require.Equal(t, inKWP, exchange.Malformed[uds.FormatError](m, inKWP), "of another codec")
	require.NoError(t, exchange.Malformed[uds.FormatError](m, nil))
}

func TestErrorsOfTheLinkComeBackAsTheyAre(t *testing.T) {
	refused := errors.New("denied")
	u := always()
	u.Refuse = func([]byte) error { return refused }
	res, err := do(t, u, exchange.Terms{})
	require.Equal(t, refused, err)
	require.Equal(t, transport.SentNo, res.Sent)
	_, _, err = exchange.Collect(t.Context(), u, readVIN, exchange.Terms{}, nil)
	require.Equal(t, refused, err)

	broken := &transport.TimeoutError{Timer: "N_Cr", Address: address, After: time.Second}
	_, err = do(t, always(reply{Err: broken}), exchange.Terms{})
	require.Equal(t, broken, err)
}

func TestWhetherAFailedRequestHasLeft(t *testing.T) {
	for _, sent := range []transport.Sent{transport.SentUnknown, transport.SentNo, transport.SentYes} {
		u := always()
		u.Refuse = func([]byte) error { return &transport.OpError{Op: "send", Sent: sent, Err: transport.ErrBusOff} }
		res, err := do(t, u, exchange.Terms{})
		require.ErrorIs(t, err, transport.ErrBusOff)
		require.Equal(t, sent, res.Sent)
	}
}

// TestWhatIsLearntOfTheSendingLater: a dongle is told only afterwards.
func TestWhatIsLearntOfTheSendingLater(t *testing.T) {
	told := func(op string, sent transport.Sent) reply {
		return reply{After: 5 * ms, Err: &transport.OpError{Op: op, Address: address, Sent: sent, Err: transport.ErrNoAck}}
	}
	for name, c := range map[string]struct {
		replies []reply
		want    transport.Sent
	}{
		"it was not sent":          {[]reply{told("send", transport.SentNo)}, transport.SentNo},
		"nobody knows":             {[]reply{told("send", transport.SentUnknown)}, transport.SentUnknown},
		"the reception has failed": {[]reply{told("receive", transport.SentUnknown)}, transport.SentYes},
		"it was answered before":   {[]reply{{After: 2 * ms, Data: pending}, told("send", transport.SentNo)}, transport.SentYes},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				res, err := do(t, always(c.replies...), exchange.Terms{})
				require.ErrorIs(t, err, transport.ErrNoAck)
				require.Equal(t, c.want, res.Sent)
			})
		})
	}
}

func TestCancel(t *testing.T) {
	for name, c := range map[string]struct {
		replies []reply
		after   time.Duration
	}{
		"while waiting for the answer":      {nil, 10 * ms},
		"after a 78":                        {[]reply{{After: ms, Data: pending}}, time.Second},
		"before a busy request is repeated": {[]reply{{After: ms, Data: busy}}, 50 * ms},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), c.after)
				defer cancel()
				begin := time.Now()
				_, err := exchange.Do(ctx, always(c.replies...), readVIN, exchange.Terms{})
				require.ErrorIs(t, err, context.DeadlineExceeded)
				require.Equal(t, c.after, time.Since(begin))
			})
		})
	}
}
