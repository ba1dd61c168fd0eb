package replay_test

import (
	"context"
	"io/fs"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/replay"
	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/tape"
	"github.com/untether-obd/untether/obd/transport"
)

const drive = `(10.000) untether 123#01
(10.300) untether 754#0322F19000000000 T
(10.330) untether 75C#037F227800000000
(12.330) untether 75C#0662F19031323300
(12.400) untether 754#0322F18C00000000 T
(13.000) untether 754#0322F19100000000 T
(13.250) untether 75C#0462F19141000000
(14.000) untether 754#0322F19200000000 T
(14.250001) untether 75C#0462F19241000000
(15.000) untether 7DF#0201000000000000 T
(15.010) untether 7E8#0641000011223300
(15.020) untether 7E9#0641000044556600
`

var unit = transport.MustAddress("754/75C")

func past(t *testing.T, content, query string) adapter.Past {
	t.Helper()
	a, err := registry.Open(t.Context(), "replay:"+write(t, content)+query)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	p, ok := a.(adapter.Past)
	require.True(t, ok)
	return p
}

func link(t *testing.T, p adapter.Past) transport.Link {
	t.Helper()
	l, err := p.OpenLink(t.Context())
	require.NoError(t, err)
	return l
}

func dial(t *testing.T, l transport.Link, a transport.Address) transport.Conn {
	t.Helper()
	c, err := l.Dial(t.Context(), a, transport.Params{})
	require.NoError(t, err)
	return c
}

// TestWhoseRecordingDecidesTheMode: ours answers, if there is anything that
// it could answer.
func TestWhoseRecordingDecidesTheMode(t *testing.T) {
	const ours, theirs, mute = "(1.0) untether 754#0322F19000000000 T\n", "(1.0) can0 754#0322F19000000000 T\n", "(1.0) untether 123#\n"
	for name, c := range map[string]struct {
		content, query string
		active         bool
	}{
		"ours":                     {ours, "", true},
		"ours, faster":             {ours, "?speed=2.5", true},
		"ours, passive":            {ours, "?mode=passive", false},
		"ours, without a request":  {mute, "", false},
		"another's":                {theirs, "", false},
		"another's, active":        {theirs, "?mode=active&speed=3", true},
		"without requests, active": {mute, "?mode=active", true},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := registry.Open(t.Context(), "replay:"+write(t, c.content)+c.query)
			require.NoError(t, err)
			_, active := a.(adapter.Past)
			_, passive := a.(adapter.Recording)
			require.Equal(t, c.active, active)
			require.Equal(t, !c.active, passive)
			require.Equal(t, adapter.KindRecording, a.Info().Kind)
			require.NoError(t, a.Close())
		})
	}
	_, err := registry.Open(t.Context(), "replay:"+write(t, mute)+"?speed=2")
	var uri *adapter.URIError
	require.ErrorAs(t, err, &uri)
}

func TestPast(t *testing.T) {
	h := past(t, "noise\n"+drive+"(16.0) other 123#\n", "").Past()
	require.Equal(t, time.Unix(10, 0).UTC(), h.Began)
	require.Equal(t, 5020*time.Millisecond, h.Took)
	require.False(t, h.Quiet)
	require.False(t, h.Redacted)
	require.Equal(t, 2, h.Remarks)
	require.Equal(t, 1, h.First.Line)
	require.False(t, h.Full())
	require.True(t, h.InUse(transport.MustAddress("123/456")))
	require.True(t, h.InUse(transport.MustAddress("456/123")))
	require.False(t, h.InUse(unit))
}

// TestRecordedLatencies: they pass, faster or slower, and stand in the
// messages as they were.
func TestRecordedLatencies(t *testing.T) {
	for query, scale := range map[string]float64{"": 1, "?speed=4": 4, "?speed=0.5": 0.5, "?speed=1000000": 1e6} {
		path := past(t, drive, query)
		synctest.Test(t, func(t *testing.T) {
			c := dial(t, link(t, path), unit)
			began := time.Now()
			require.NoError(t, c.Send(t.Context(), []byte{0x22, 0xF1, 0x90}, transport.Want{Answers: 1}))
			m, err := c.Recv(t.Context(), 250*time.Millisecond)
			require.NoError(t, err)
			require.Equal(t, transport.Message{
				From: unit, Data: []byte{0x7F, 0x22, 0x78}, First: began.Add(30 * time.Millisecond), Last: began.Add(30 * time.Millisecond),
			}, m)
			pending := time.Now()
			m, err = c.Recv(t.Context(), 5*time.Second)
			require.NoError(t, err)
			require.Equal(t, "b\xf1\x90123", string(m.Data))
			require.Equal(t, 2*time.Second, m.First.Sub(pending))
			require.InDelta(t, 2.03/scale, time.Since(began).Seconds(), 1e-6)
			require.NoError(t, c.Close())
		})
	}
}

// TestTheWaitIsJudgedInRecordedTime: by the client's clock, at any speed, a
// tick to each side of the limit.
func TestTheWaitIsJudgedInRecordedTime(t *testing.T) {
	for _, query := range []string{"", "?speed=7", "?speed=100000"} {
		p := past(t, drive, query)
		synctest.Test(t, func(t *testing.T) {
			c := dial(t, link(t, p), unit)
			terms := exchange.Terms{P2: 250 * time.Millisecond, Echo: 2}
			res, err := exchange.Do(t.Context(), c, []byte{0x22, 0xF1, 0x91}, terms)
			require.NoError(t, err)
			require.Equal(t, 250*time.Millisecond, res.Latency)
			var late *transport.TimeoutError
			for _, request := range [][]byte{{0x22, 0xF1, 0x92}, {0x22, 0xF1, 0x8C}} {
				_, err = exchange.Do(t.Context(), c, request, terms)
				require.ErrorAs(t, err, &late)
				require.Equal(t, "P2", late.Timer)
			}
			res, err = exchange.Do(t.Context(), c, []byte{0x22, 0xF1, 0x90}, exchange.Terms{P2Star: 2 * time.Second})
			require.NoError(t, err)
			require.Equal(t, 1, res.Pending)
			_, err = exchange.Do(t.Context(), c, []byte{0x22, 0xF1, 0x90}, exchange.Terms{P2Star: 1999 * time.Millisecond})
			require.ErrorAs(t, err, &late)
			require.Equal(t, "P2*", late.Timer)
			require.NoError(t, c.Close())
		})
	}
}

// TestASlowComputerMakesNoAnswerLate: what was asked in time and is taken late.
func TestASlowComputerMakesNoAnswerLate(t *testing.T) {
	p := past(t, drive, "")
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, link(t, p), unit)
		require.NoError(t, c.Send(t.Context(), []byte{0x22, 0xF1, 0x91}, transport.Want{Answers: 1}))
		time.Sleep(251 * time.Millisecond)
		_, err := c.Recv(t.Context(), time.Millisecond)
		require.NoError(t, err)
	})
}

func TestTwoUnitsAnswerAGroup(t *testing.T) {
	l := link(t, past(t, drive, "?speed=1000"))
	answers, failures, err := exchange.Collect(t.Context(), dial(t, l, transport.MustAddress("7DF/7E8-7EF")), []byte{1, 0}, exchange.Terms{}, nil)
	require.NoError(t, err)
	require.Empty(t, failures)
	require.Len(t, answers, 2)
	require.Equal(t, transport.MustAddress("7E0/7E8"), answers[0].Message.From)
	require.Equal(t, transport.MustAddress("7E1/7E9"), answers[1].Message.From)
	require.Equal(t, 20*time.Millisecond, answers[1].Latency.Round(time.Millisecond))
}

func TestNeverAskedIsNotSilence(t *testing.T) {
	l := link(t, past(t, drive, "?speed=1000"))
	c := dial(t, l, unit)
	err := c.Send(t.Context(), []byte{0x22, 0xF1, 0x87}, transport.Want{Answers: 1})
	var op *transport.OpError
	require.ErrorAs(t, err, &op)
	require.Equal(t, transport.SentNo, op.Sent)
	var never *tape.NeverAskedError
	require.ErrorAs(t, err, &never)
	require.Equal(t, unit, never.Address)
	require.ErrorIs(t, err, tape.ErrNeverAsked)
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
	require.NoError(t, c.Send(t.Context(), []byte{0x3E, 0x80}, transport.Want{}), "nobody answers it, so it need not be there")

	silent, err := exchange.Do(t.Context(), c, []byte{0x22, 0xF1, 0x8C}, exchange.Terms{})
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	require.Equal(t, transport.SentYes, silent.Sent)

	_, err = exchange.Do(t.Context(), dial(t, l, transport.MustAddress("726/72E")), []byte{0x22, 0xF1, 0x90}, exchange.Terms{})
	require.ErrorIs(t, err, tape.ErrNeverAsked)
}

// TestARequestWhileAnotherIsWaitedFor: its answer is the one that comes.
func TestARequestWhileAnotherIsWaitedFor(t *testing.T) {
	p := past(t, drive, "")
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, link(t, p), unit)
		require.NoError(t, c.Send(t.Context(), []byte{0x22, 0xF1, 0x8C}, transport.Want{Answers: 1}))
		time.AfterFunc(time.Second, func() { _ = c.Send(context.Background(), []byte{0x22, 0xF1, 0x91}, transport.Want{}) })
		m, err := c.Recv(t.Context(), 2*time.Second)
		require.NoError(t, err)
		require.Equal(t, []byte{0x62, 0xF1, 0x91, 0x41}, m.Data)
	})
}

func TestAPastThatIsClosedOrGone(t *testing.T) {
	p := past(t, drive, "")
	l := link(t, p)
	require.NoError(t, p.Close())
	_, err := p.OpenLink(t.Context())
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = l.Dial(t.Context(), unit, transport.Params{})
	require.ErrorIs(t, err, net.ErrClosed)

	p = past(t, drive, "")
	l = link(t, p)
	path := strings.TrimPrefix(p.Info().URI, "replay:")
	require.NoError(t, os.Remove(path))
	_, err = l.Dial(t.Context(), unit, transport.Params{})
	var file *replay.FileError
	require.ErrorAs(t, err, &file)
	require.ErrorIs(t, err, fs.ErrNotExist)
}
