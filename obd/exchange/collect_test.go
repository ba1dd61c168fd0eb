package exchange_test

import (
	"context"
	"fmt"
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

// collect gives answers, failures and how long it took.
func collect(t *testing.T, replies ...reply) ([]exchange.Result, []error, time.Duration) {
	t.Helper()
	u := exchangetest.New(group, func(int, []byte) []reply { return replies })
	begin := time.Now()
	list, failures, err := exchange.Collect(t.Context(), u, supported, exchange.Terms{P2: 50 * ms, Echo: 1}, nil)
	require.NoError(t, err)
	require.Len(t, u.Requests(), 1)
	require.Equal(t, transport.Want{Answers: -1, Within: 50 * ms}, u.Requests()[0].Want)
	return list, failures, time.Since(begin)
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
				list, failures, took := collect(t, c.replies...)
				require.Empty(t, failures)
				require.Equal(t, c.want, answers(list))
				require.Equal(t, c.took, took)
			})
		})
	}
}

func TestCollectLatencyAndPending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		list, _, _ := collect(t,
			reply{After: 10 * ms, From: engine, Data: []byte{0x7F, 1, 0x78}},
			reply{After: 100 * ms, From: engine, Data: []byte{0x7F, 1, 0x78}},
			reply{After: 200 * ms, From: engine, Data: first})
		require.Len(t, list, 1)
		require.Equal(t, 2, list[0].Pending)
		require.Equal(t, 10*ms, list[0].Latency)
	})
}

// What one unit does wrong is told of it alone; the others are heard.
func TestCollectTellsOfEachUnitWithoutAnAnswer(t *testing.T) {
	wait := []byte{0x7F, 1, 0x78}
	broken := &transport.TimeoutError{Timer: "N_Cr", Address: engine, After: time.Second}
	late := &transport.TimeoutError{Timer: "P2*", Address: engine, After: 5 * time.Second, Waiting: "the answer to 01"}
	wrong := func(got string) error {
		return &transport.ProtocolError{Address: engine, Clause: "answer to the request", Got: got, Want: "41 00"}
	}
	var stubborn []reply
	for i := range 30 {
		stubborn = append(stubborn, reply{After: time.Duration(i) * ms, From: engine, Data: wait})
	}
	for name, c := range map[string]struct {
		replies []reply
		want    error
		took    time.Duration
	}{
		"78 and no more": {[]reply{{After: 10 * ms, From: engine, Data: wait}}, late, 5010 * ms},
		"78 for ever":    {stubborn, &exchange.PendingError{Address: engine, Service: 1, Count: 11, Elapsed: 10 * ms}, 50 * ms},
		"malformed":      {[]reply{{After: 10 * ms, From: engine, Data: []byte{0x41}}}, wrong("41"), 50 * ms},
		"malformed, then right": {
			[]reply{{After: 10 * ms, From: engine, Data: []byte{0x41}}, {After: 20 * ms, From: engine, Data: first}},
			wrong("41"), 50 * ms,
		},
		"another identifier": {[]reply{{After: 10 * ms, From: engine, Data: []byte{0x41, 0x20, 1}}}, wrong("41 20 01"), 50 * ms},
		"broke off":          {[]reply{{After: 10 * ms, From: engine, Err: broken}}, broken, 50 * ms},
		"broke off twice":    {[]reply{{After: 10 * ms, Err: broken}, {After: 11 * ms, Err: wrong("41")}}, broken, 50 * ms},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				list, failures, took := collect(t, append(c.replies, reply{After: 30 * ms, From: transmission, Data: second})...)
				require.Equal(t, []string{"7E1/7E9 2"}, answers(list))
				require.Equal(t, []error{c.want}, failures)
				require.Equal(t, engine, exchange.Culprit(failures[0]))
				require.Equal(t, c.took, took)
			})
		})
	}
}

func TestCollectForgivesWhoAnswersAfterAll(t *testing.T) {
	for name, before := range map[string]reply{
		"another identifier": {After: 10 * ms, From: engine, Data: []byte{0x41, 0x20, 1}},
		"broke off":          {After: 10 * ms, Err: &transport.TimeoutError{Timer: "N_Cr", Address: engine}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				list, failures, _ := collect(t, before, reply{After: 20 * ms, From: engine, Data: first})
				require.Equal(t, []string{"7E0/7E8 1"}, answers(list))
				require.Empty(t, failures)
			})
		})
	}
}

// Sixteen messages begin in time; the longest of them ends when our patience
// with broken ones has ended.
func TestCollectOfBrokenMessagesWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := &transport.ProtocolError{Address: engine, Clause: "consecutive frame"}
		var replies []reply
		for i := range 20 {
			replies = append(replies, reply{After: 10 * ms, Lasts: time.Duration(i+1) * time.Second, Err: broken})
		}
		list, failures, took := collect(t, replies...)
		require.Empty(t, list)
		require.Equal(t, []error{broken}, failures)
		require.Equal(t, 15*time.Second+10*ms, took)
	})
}

func TestCollectUntilEnough(t *testing.T) {
	wait, no := []byte{0x7F, 1, 0x78}, []byte{0x7F, 1, 2}
	synctest.Test(t, func(t *testing.T) {
		u := exchangetest.New(group, func(int, []byte) []reply {
			return []reply{
				{After: 5 * ms, From: transport.MustAddress("7E2/7EA"), Data: wait},
				{After: 10 * ms, From: transport.MustAddress("7E3/7EB"), Data: no},
				{After: 20 * ms, From: engine, Data: first},
				{After: 30 * ms, From: transmission, Data: second},
				{After: 31 * ms, From: engine, Data: second},
			}
		})
		begin := time.Now()
		isSecond := func(r exchange.Result) bool { return r.Message.Data[2] == 2 }
		list, failures, err := exchange.Collect(t.Context(), u, supported, exchange.Terms{Echo: 1}, isSecond)
		require.NoError(t, err)
		require.Empty(t, failures, "who was still at it does not matter")
		require.Equal(t, []string{"7E3/7EB 2", "7E0/7E8 1", "7E1/7E9 2"}, answers(list), "a refusal is never enough")
		require.Equal(t, 30*ms, time.Since(begin))
	})
}

func TestCollectCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*ms)
		defer cancel()
		u := exchangetest.New(group, func(int, []byte) []reply { return []reply{{After: 10 * ms, From: engine, Data: first}} })
		list, failures, err := exchange.Collect(ctx, u, supported, exchange.Terms{}, nil)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Empty(t, failures)
		require.Len(t, list, 1)
	})
}

func TestCulprit(t *testing.T) {
	timeout := &transport.TimeoutError{Timer: "N_As", Address: engine}
	for name, c := range map[string]struct {
		err  error
		want transport.Address
	}{
		"nothing came":  {timeout, engine},
		"still pending": {&exchange.PendingError{Address: engine}, engine},
		"wrong":         {fmt.Errorf("read: %w", &transport.ProtocolError{Address: engine}), engine},
		"our adapter":   {&transport.OpError{Address: engine, Err: timeout}, transport.Address{}},
		"our patience":  {context.Canceled, transport.Address{}},
	} {
		require.Equal(t, c.want, exchange.Culprit(c.err), name)
	}
}
