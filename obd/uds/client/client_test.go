package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/exchange/exchangetest"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
	"github.com/untether-obd/untether/obd/uds/client"
)

const (
	ms   = time.Millisecond
	tick = time.Microsecond
)

var address = transport.MustAddress("754/75C")

type reply = exchangetest.Reply

func unhex(text string) []byte { return exchangetest.Bytes(text) }

// book answers each request by its hex text; what is not in it gets silence.
// Delay is the time to every answer.
type book struct {
	answers map[string]string
	delay   time.Duration
}

func (b book) unit() *exchangetest.Unit {
	all := exchangetest.Book{}
	for req, answer := range b.answers {
		all[req] = []string{answer}
	}
	return all.Unit(address, b.delay)
}

// open gives a client of u that is closed at the end of the test.
func open(t *testing.T, u *exchangetest.Unit, opts ...client.Option) *client.Client {
	t.Helper()
	c := client.New(u, opts...)
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = c.Close(ctx)
		require.Zero(t, u.Overlaps(), "calls of the conn overlapped")
	})
	return c
}

func TestReadData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := open(t, book{answers: map[string]string{"22 F1 86": "62 F1 86 01", "22 F1 8C": "62 F1 8C"}}.unit())
		v, err := c.ReadData(t.Context(), 0xF186)
		require.NoError(t, err)
		require.Equal(t, []byte{1}, v)
		v, err = c.ReadData(t.Context(), 0xF18C)
		require.NoError(t, err)
		require.Empty(t, v)
	})
}

func TestReadDataErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := book{answers: map[string]string{"22 F1 86": "62 F1 87 01", "22 F1 87": "7F 22 33"}}.unit()
		c := open(t, u)

		_, err := c.ReadData(t.Context(), 0xF186)
		require.Equal(t, &transport.ProtocolError{Address: address, Clause: "answer to the request", Got: "62 F1 87 01", Want: "62 F1 86"}, err)

		_, err = c.ReadData(t.Context(), 0xF187)
		require.ErrorIs(t, err, uds.SecurityAccessDenied)
		require.ErrorContains(t, err, "754/75C")

		_, err = c.ReadData(t.Context(), 0xF188)
		var timeout *transport.TimeoutError
		require.ErrorAs(t, err, &timeout)
		require.Equal(t, transport.TimeoutError{Timer: "P2", Address: address, After: 250 * ms, Waiting: "the answer to 22"}, *timeout)

		denied := errors.New("denied")
		u.Refuse = func([]byte) error { return denied }
		_, err = c.ReadData(t.Context(), 0xF186)
		require.Equal(t, denied, err)
	})
}

func TestReadDTCs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := open(t, book{answers: map[string]string{"19 02 FF": "59 02 7F 0A 9B 17 24", "19 02 08": "59 02 7F 0A"}}.unit())
		report, err := c.ReadDTCs(t.Context(), 0xFF)
		require.NoError(t, err)
		require.Equal(t, uds.ReadDTCsResponse{Report: 2, Available: 0x7F, DTCs: []uds.DTC{{Code: 0x0A9B17, Status: 0x24}}}, report)

		_, err = c.ReadDTCs(t.Context(), 0x08)
		require.Equal(t, &transport.ProtocolError{Address: address, Clause: "59: trouble code", Got: "1 byte", Want: "3 bytes"}, err)

		_, err = c.ReadDTCs(t.Context(), 0x01)
		require.ErrorAs(t, err, new(*transport.TimeoutError))
	})
}

func TestTesterPresent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := open(t, book{answers: map[string]string{"3E 00": "7E 00"}}.unit())
		require.NoError(t, c.TesterPresent(t.Context()))
	})
	synctest.Test(t, func(t *testing.T) {
		c := open(t, book{answers: map[string]string{"3E 00": "7F 3E 12"}}.unit())
		require.ErrorIs(t, c.TesterPresent(t.Context()), uds.SubFunctionNotSupported)
	})
}

func TestDoChecksTheEcho(t *testing.T) {
	for name, c := range map[string]struct{ req, right, wrong string }{
		"10 session":             {"10 03", "50 03", "50 01"},
		"11 type":                {"11 01", "51 01", "51 02"},
		"14 nothing":             {"14 FF FF FF", "54", "59"},
		"19 report":              {"19 02 FF", "59 02 7F", "59 0A 7F"},
		"22 identifier":          {"22 F1 90", "62 F1 90 00", "62 F1 91 00"},
		"27 level":               {"27 01", "67 01 00", "67 03 00"},
		"28 control":             {"28 01 01", "68 01", "68 00"},
		"29 task":                {"29 00", "69 00 10", "69 08 02"},
		"2E identifier":          {"2E F1 98 00", "6E F1 98", "6E F1 99"},
		"2F identifier, control": {"2F 12 34 03 01", "6F 12 34 03 01", "6F 12 34 00"},
		"31 control, routine":    {"31 01 02 03 AA", "71 01 02 03 00", "71 01 02 04 00"},
		"34 nothing":             {"34 00 11 00 01", "74 10 10", "75 10 10"},
		"36 counter":             {"36 01 AA", "76 01", "76 02"},
		"3E zero":                {"3E 00", "7E 00", "7E 01"},
		"85 setting":             {"85 02", "C5 02", "C5 01"},
		"service alone":          {"10", "50 03", "51 03"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := exchangetest.New(address, func(int, []byte) []reply {
					return []reply{{Data: unhex(c.wrong)}, {After: ms, Data: unhex(c.right)}}
				})
				res, err := open(t, u).Do(t.Context(), unhex(c.req))
				require.NoError(t, err)
				require.Equal(t, unhex(c.right), res.Message.Data)
				require.Equal(t, 1, res.Foreign)
			})
		})
	}
}

func TestSuppressedAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		replies []reply
		want    error
		took    time.Duration
	}{
		"silence":          {nil, nil, 250 * ms},
		"refused":          {[]reply{{After: ms, Data: unhex("7F 85 22")}}, uds.ConditionsNotCorrect, ms},
		"answer after 78":  {[]reply{{After: ms, Data: unhex("7F 85 78")}, {After: 2 * ms, Data: unhex("C5 02")}}, nil, 2 * ms},
		"silence after 78": {[]reply{{After: ms, Data: unhex("7F 85 78")}}, &transport.TimeoutError{Timer: "P2*", Address: address, After: 5 * time.Second, Waiting: "the answer to 85"}, 5001 * ms},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := exchangetest.New(address, func(int, []byte) []reply { return c.replies })
				begin := time.Now()
				_, err := open(t, u).Do(t.Context(), unhex("85 82"))
				require.Equal(t, c.took, time.Since(begin))
				var neg *uds.NegativeResponseError
				if errors.As(err, &neg) {
					err = neg.Code
				}
				require.Equal(t, c.want, err)
			})
		})
	}
}

func TestEmptyRequest(t *testing.T) {
	_, err := client.New(book{}.unit()).Do(t.Context(), nil)
	require.ErrorContains(t, err, "empty request")
}

func TestObserver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []string
		observer := func(req []byte, res exchange.Result, err error) {
			seen = append(seen, fmt.Sprintf("% X %v %v", req, res.Latency, err))
		}
		c := open(t, book{delay: 3 * ms, answers: map[string]string{"22 F1 86": "62 F1 86 01", "22 F1 87": "7F 22 31"}}.unit(), client.WithObserver(observer))
		_, err := c.ReadData(t.Context(), 0xF186)
		require.NoError(t, err)
		_, err = c.ReadData(t.Context(), 0xF187)
		require.Error(t, err)
		require.Equal(t, []string{
			"22 F1 86 3ms <nil>",
			"22 F1 87 3ms 754/75C: service 22 refused: request out of range (31)",
		}, seen)
	})
}

func TestLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := exchangetest.New(address, func(int, []byte) []reply {
			return []reply{{Data: unhex("7F 22 78")}, {After: ms, Data: unhex("7F 22 78")}}
		})
		c := open(t, u, client.WithLimits(exchange.Limits{Pending: 1}))
		_, err := c.ReadData(t.Context(), 0xF186)
		require.ErrorAs(t, err, new(*exchange.PendingError))
	})
}

func BenchmarkReadData(b *testing.B) {
	value := unhex("62 F1 90 57 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30 30")
	c := client.New(&loopback{answer: value})
	want := value[3:]
	b.ReportAllocs()
	for b.Loop() {
		got, err := c.ReadData(b.Context(), 0xF190)
		if err != nil || !bytes.Equal(got, want) {
			b.Fatal(got, err)
		}
	}
}

// loopback answers every request at once and alike.
type loopback struct{ answer []byte }

func (l *loopback) Send(context.Context, []byte, transport.Want) error { return nil }
func (l *loopback) Close() error                                       { return nil }
func (l *loopback) Recv(context.Context, time.Duration) (transport.Message, error) {
	return transport.Message{From: address, Data: l.answer, First: time.Now()}, nil
}
