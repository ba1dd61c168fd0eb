// Package transporttest is the suite that every transport.Link passes. It
// imports no simulator: the caller gives a link and a way to be its peer.
package transporttest

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/transport"
)

// Setup is one fresh link and its other end.
type Setup struct {
	Link transport.Link

	// Serve answers requests at a physical address, as the unit there, and
	// listens to the functional identifier too if that is not zero. The
	// handler's messages are sent in order; none means silence.
	Serve func(t *testing.T, unit, functional transport.Address, handler func(request []byte) [][]byte)
}

// Caps declares what an implementation can do; the suite logs what it leaves out.
type Caps struct {
	Functional  bool // several units answer one request
	Extended    bool // an address byte in front
	MaxRequest  int  // longest request, bytes
	MaxResponse int  // longest response, bytes

	// Bubble runs a case; synctest.Test where time is virtual.
	Bubble func(t *testing.T, f func(t *testing.T))
}

type suite struct {
	t    *testing.T
	open func(t *testing.T) Setup
	caps Caps
}

var (
	unit       = transport.MustAddress("754/75C")
	other      = transport.MustAddress("7E0/7E8")
	third      = transport.MustAddress("7E1/7E9")
	extended   = transport.MustAddress("6F1:61/661:F1")
	functional = transport.MustAddress("7DF/7E8-7EF")
	nobody     = transport.MustAddress("7A0/7A8")
)

// Run runs every case on a link of its own.
func Run(t *testing.T, open func(t *testing.T) Setup, caps Caps) {
	t.Helper()
	s := &suite{t: t, open: open, caps: caps}
	s.run("request and answer", true, echo(unit, 3))
	s.run("longest request and answer", true, s.longest)
	s.run("address byte", caps.Extended, echo(extended, 20))
	s.run("two conversations at once", true, twoAtOnce)
	s.run("functional answers keep their source", caps.Functional, functionalAnswers)
	s.run("a functional request fits one frame", caps.Functional, functionalTooLong)
	s.run("silence is a timeout, not a context error", true, silence)
	s.run("answers in a row", true, inARow)
	s.run("a stale answer is dropped", true, stale)
	s.run("cancelled receive", true, cancelled)
	s.run("closed conversation", true, closedConn)
	s.run("closed link", true, closedLink)
}

func (s *suite) run(name string, able bool, f func(t *testing.T, x Setup)) {
	s.t.Run(name, func(t *testing.T) {
		if !able {
			t.Skip("declared in Caps: this link cannot")
		}
		s.caps.Bubble(t, func(t *testing.T) {
			t.Helper()
			x := s.open(t)
			defer func() { require.NoError(t, x.Link.Close()) }()
			f(t, x)
		})
	})
}

func dial(t *testing.T, x Setup, a transport.Address) transport.Conn {
	t.Helper()
	c, err := x.Link.Dial(t.Context(), a, transport.Params{})
	require.NoError(t, err)
	return c
}

func ask(t *testing.T, c transport.Conn, request []byte) transport.Message {
	t.Helper()
	require.NoError(t, c.Send(t.Context(), request, transport.Want{Answers: 1}))
	m, err := c.Recv(t.Context(), time.Second)
	require.NoError(t, err)
	return m
}

func fill(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

func mirror(request []byte) [][]byte { return [][]byte{request} }

func echo(a transport.Address, n int) func(t *testing.T, x Setup) {
	return func(t *testing.T, x Setup) {
		t.Helper()
		x.Serve(t, a, transport.Address{}, mirror)
		m := ask(t, dial(t, x, a), fill(n))
		require.Equal(t, fill(n), m.Data)
		require.Equal(t, a, m.From)
		require.False(t, m.Last.Before(m.First))
	}
}

func (s *suite) longest(t *testing.T, x Setup) {
	t.Helper()
	x.Serve(t, unit, transport.Address{}, func(r []byte) [][]byte {
		if len(r) != s.caps.MaxRequest {
			return nil
		}
		return [][]byte{fill(s.caps.MaxResponse)}
	})
	require.Equal(t, fill(s.caps.MaxResponse), ask(t, dial(t, x, unit), fill(s.caps.MaxRequest)).Data)
}

func twoAtOnce(t *testing.T, x Setup) {
	t.Helper()
	x.Serve(t, unit, transport.Address{}, mirror)
	x.Serve(t, other, transport.Address{}, mirror)
	a, b := dial(t, x, unit), dial(t, x, other)
	sent := make(chan error)
	go func() { sent <- a.Send(t.Context(), fill(60), transport.Want{Answers: 1}) }()
	require.Equal(t, other, ask(t, b, fill(61)).From)
	require.NoError(t, <-sent)
	m, err := a.Recv(t.Context(), time.Second)
	require.NoError(t, err)
	require.Equal(t, fill(60), m.Data)
}

func functionalAnswers(t *testing.T, x Setup) {
	t.Helper()
	x.Serve(t, other, functional, func([]byte) [][]byte { return [][]byte{fill(20)} })
	x.Serve(t, third, functional, func([]byte) [][]byte { return [][]byte{fill(40)} })
	c := dial(t, x, functional)
	require.NoError(t, c.Send(t.Context(), []byte{9, 2}, transport.Want{Answers: -1}))
	got := map[transport.Address]int{}
	for range 2 {
		m, err := c.Recv(t.Context(), time.Second)
		require.NoError(t, err)
		got[m.From] = len(m.Data)
	}
	require.Equal(t, map[transport.Address]int{other: 20, third: 40}, got)
}

func functionalTooLong(t *testing.T, x Setup) {
	t.Helper()
	err := dial(t, x, functional).Send(t.Context(), fill(8), transport.Want{})
	require.ErrorIs(t, err, transport.ErrLength)
	requireSent(t, err, transport.SentNo)
}

func requireSent(t *testing.T, err error, want transport.Sent) {
	t.Helper()
	var op *transport.OpError
	require.ErrorAs(t, err, &op)
	require.Equal(t, want, op.Sent)
}

func silence(t *testing.T, x Setup) {
	t.Helper()
	x.Serve(t, nobody, transport.Address{}, func([]byte) [][]byte { return nil })
	c := dial(t, x, nobody)
	require.NoError(t, c.Send(t.Context(), []byte{0x3E, 0}, transport.Want{Answers: 1}))
	_, err := c.Recv(t.Context(), 50*time.Millisecond)
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	require.NotErrorIs(t, err, context.DeadlineExceeded)
}

func inARow(t *testing.T, x Setup) {
	t.Helper()
	x.Serve(t, unit, transport.Address{}, func([]byte) [][]byte { return [][]byte{{0x7F, 0x22, 0x78}, fill(30)} })
	c := dial(t, x, unit)
	require.Equal(t, []byte{0x7F, 0x22, 0x78}, ask(t, c, []byte{0x22, 0xF1, 0x90}).Data)
	m, err := c.Recv(t.Context(), time.Second)
	require.NoError(t, err)
	require.Equal(t, fill(30), m.Data)
}

func stale(t *testing.T, x Setup) {
	t.Helper()
	x.Serve(t, unit, transport.Address{}, func(r []byte) [][]byte {
		if r[0] == 1 {
			return [][]byte{{1}, {2}}
		}
		return [][]byte{{3}}
	})
	c := dial(t, x, unit)
	require.Equal(t, []byte{1}, ask(t, c, []byte{1}).Data)
	time.Sleep(100 * time.Millisecond) // the answer that nobody takes arrives
	require.Equal(t, []byte{3}, ask(t, c, []byte{9}).Data)
}

func cancelled(t *testing.T, x Setup) {
	t.Helper()
	x.Serve(t, nobody, transport.Address{}, func([]byte) [][]byte { return nil })
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(30*time.Millisecond, cancel)
	_, err := dial(t, x, nobody).Recv(ctx, time.Minute)
	require.ErrorIs(t, err, context.Canceled)
}

func closedConn(t *testing.T, x Setup) {
	t.Helper()
	c := dial(t, x, unit)
	got := make(chan error)
	go func() {
		_, err := c.Recv(t.Context(), time.Minute)
		got <- err
	}()
	time.AfterFunc(10*time.Millisecond, func() { _ = c.Close() })
	require.ErrorIs(t, <-got, transport.ErrClosed)
	err := c.Send(t.Context(), []byte{1}, transport.Want{})
	require.ErrorIs(t, err, transport.ErrClosed)
	requireSent(t, err, transport.SentNo)
	require.NoError(t, c.Close(), "closing again is harmless")
	require.NoError(t, dial(t, x, unit).Close(), "the address is free again")
}

func closedLink(t *testing.T, x Setup) {
	t.Helper()
	c := dial(t, x, unit)
	require.NoError(t, x.Link.Close())
	_, err := c.Recv(t.Context(), time.Minute)
	require.ErrorIs(t, err, transport.ErrClosed)
	require.ErrorIs(t, c.Send(t.Context(), []byte{1}, transport.Want{}), transport.ErrClosed)
	_, err = x.Link.Dial(t.Context(), other, transport.Params{})
	var op *transport.OpError
	require.ErrorAs(t, err, &op)
	require.ErrorIs(t, err, transport.ErrClosed)
}
