package exchange_test

import (
	"context"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/exchange/exchangetest"
	"github.com/untether-obd/untether/obd/transport"
)

var (
	group        = transport.MustAddress("7DF/7E8-7EF")
	engine       = transport.MustAddress("7E0/7E8")
	transmission = transport.MustAddress("7E1/7E9")
	supported    = []byte{0x01, 0x00}
	first        = []byte{0x41, 0x00, 1}
	second       = []byte{0x41, 0x00, 2}
)

func collect(t *testing.T, replies ...reply) ([]exchange.Result, time.Duration, error) {
	t.Helper()
	u := exchangetest.New(group, func(int, []byte) []reply { return replies })
	begin := time.Now()
	list, err := exchange.Collect(t.Context(), u, supported, exchange.Terms{P2: 50 * ms, Echo: 1})
	require.Len(t, u.Requests(), 1)
	require.Equal(t, transport.Want{Answers: -1, Within: 50 * ms}, u.Requests()[0].Want)
	return list, time.Since(begin), err
}

// answers are unit and data of each result.
func answers(list []exchange.Result) (out []string) {
	for _, r := range list {
		out = append(out, r.Message.From.String()+" "+string(rune('0'+r.Message.Data[len(r.Message.Data)-1])))
	}
	return out
}

func TestCollect(t *testing.T) {
	cases := []struct {
		name    string
		replies []reply
		want    []string
		took    time.Duration
	}{
		{"nobody", nil, nil, 50 * ms},
		{"two units", []reply{{After: 20 * ms, From: transmission, Data: second}, {After: 10 * ms, From: engine, Data: first}}, []string{"7E0/7E8 1", "7E1/7E9 2"}, 50 * ms},
		{"P2 one tick before", []reply{{After: 50*ms - tick, From: engine, Data: first}}, []string{"7E0/7E8 1"}, 50*ms - tick + ms},
		{"P2 one tick after", []reply{{After: 50*ms + tick, From: engine, Data: first}}, nil, 50 * ms},
		{
			"begun in time behind a long one",
			[]reply{{After: 10 * ms, Lasts: 100 * ms, From: engine, Data: first}, {After: 40 * ms, Lasts: 80 * ms, From: transmission, Data: second}},
			[]string{"7E0/7E8 1", "7E1/7E9 2"},
			121 * ms,
		},
		{
			"begun too late behind a long one",
			[]reply{{After: 10 * ms, Lasts: 100 * ms, From: engine, Data: first}, {After: 51 * ms, Lasts: 80 * ms, From: transmission, Data: second}},
			[]string{"7E0/7E8 1"},
			131 * ms,
		},
		{
			"one is pending",
			[]reply{{After: 10 * ms, From: engine, Data: []byte{0x7F, 1, 0x78}}, {After: 20 * ms, From: transmission, Data: second}, {After: time.Second, From: engine, Data: first}},
			[]string{"7E1/7E9 2", "7E0/7E8 1"},
			time.Second + ms,
		},
		{"another service", []reply{{After: 10 * ms, From: engine, Data: stale}}, nil, 50 * ms},
		{"a refusal is an answer", []reply{{After: 10 * ms, From: engine, Data: []byte{0x7F, 1, 0x05}}}, []string{"7E0/7E8 5"}, 50 * ms},
		{"one unit twice", []reply{{After: 10 * ms, From: engine, Data: first}, {After: 20 * ms, From: engine, Data: second}}, []string{"7E0/7E8 1", "7E0/7E8 2"}, 50 * ms},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				list, took, err := collect(t, c.replies...)
				require.NoError(t, err)
				require.Equal(t, c.want, answers(list))
				require.Equal(t, c.took, took)
			})
		})
	}
}

func TestCollectLatencyAndPending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		list, _, err := collect(t,
			reply{After: 10 * ms, From: engine, Data: []byte{0x7F, 1, 0x78}},
			reply{After: 100 * ms, From: engine, Data: []byte{0x7F, 1, 0x78}},
			reply{After: 200 * ms, From: engine, Data: first})
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Equal(t, 2, list[0].Pending)
		require.Equal(t, 10*ms, list[0].Latency)
	})
}

func TestCollectTellsWhoDidNotFinish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		list, took, err := collect(t,
			reply{After: 10 * ms, From: engine, Data: []byte{0x7F, 1, 0x78}},
			reply{After: 20 * ms, From: transmission, Data: second})
		require.Equal(t, []string{"7E1/7E9 2"}, answers(list))
		var timeout *transport.TimeoutError
		require.ErrorAs(t, err, &timeout)
		require.Equal(t, transport.TimeoutError{Timer: "P2*", Address: engine, After: 5 * time.Second, Waiting: "the answer to 01"}, *timeout)
		require.Equal(t, 5010*ms, took)
	})
}

func TestCollectPendingForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var replies []reply
		for i := range 30 {
			replies = append(replies, reply{After: time.Duration(i) * ms, From: engine, Data: []byte{0x7F, 1, 0x78}})
		}
		_, took, err := collect(t, replies...)
		require.Equal(t, 50*ms, took, "the unit is given up, the others have their P2")
		var pending *exchange.PendingError
		require.ErrorAs(t, err, &pending)
		require.Equal(t, exchange.PendingError{Address: engine, Service: 1, Count: 11, Elapsed: 10 * ms}, *pending)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	})
}

func TestCollectMalformed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		list, _, err := collect(t,
			reply{After: 10 * ms, From: engine, Data: []byte{0x41}},
			reply{After: 20 * ms, From: transmission, Data: second})
		require.Equal(t, []string{"7E1/7E9 2"}, answers(list))
		var protocol *transport.ProtocolError
		require.ErrorAs(t, err, &protocol)
		require.Equal(t, engine, protocol.Address)
	})
}

func TestCollectCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*ms)
		defer cancel()
		u := exchangetest.New(group, func(int, []byte) []reply { return []reply{{After: 10 * ms, From: engine, Data: first}} })
		list, err := exchange.Collect(ctx, u, supported, exchange.Terms{})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Len(t, list, 1)
	})
}
