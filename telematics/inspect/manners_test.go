package inspect

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
	"github.com/untether-obd/untether/telematics"
)

func TestStray(t *testing.T) {
	req := []byte{0x22, 0xF1, 0x90}
	past := []past{
		{[]byte{0x22, 0xF1, 0x8C}, true},
		{[]byte{0x22, 0xF1, 0x87}, false},
		{[]byte{0x10, 0x03}, false},
		{req, false},
	}
	wrong := &transport.ProtocolError{Clause: exchange.ClauseAnswer, Got: "62 F1 91", Want: "62 F1 90"}
	for _, row := range []struct {
		rule  string
		stray []byte
		err   error
		want  telematics.FindingID
	}{
		{"an answer that was given before", []byte{0x62, 0xF1, 0x8C, 'A'}, nil, telematics.AnswerRepeated},
		{"an answer that we had given up", []byte{0x62, 0xF1, 0x87, 'A'}, nil, telematics.AnswerLate},
		{"a refusal that we had given up", []byte{0x7F, 0x10, 0x22}, nil, telematics.AnswerLate},
		{"an answer to nothing that we asked", []byte{0x62, 0xFF, 0x0A, 1}, nil, telematics.TwoSpeakers},
		{"the same in place of ours", []byte{0x62, 0xFF, 0x0A, 1}, wrong, telematics.WrongDID},
		{"an answer that was given before, in place of ours", []byte{0x62, 0xF1, 0x8C, 'A'}, wrong, telematics.AnswerRepeated},
		{"too short to tell what it answers", []byte{0x62, 0xF1}, wrong, telematics.WrongDID},
		{"nothing at all", nil, wrong, telematics.WrongDID},
	} {
		t.Run(row.rule, func(t *testing.T) {
			talk := &talk{manners: manners{past: past}}
			require.Equal(t, row.want, talk.stray(req, exchange.Result{Foreign: 1, Stray: row.stray}, row.err))
		})
	}
}

func TestSlow(t *testing.T) {
	began := time.Unix(0, 0)
	lasting := func(n int, d time.Duration) exchange.Result {
		return exchange.Result{Message: transport.Message{Data: make([]byte, n), First: began, Last: began.Add(d)}}
	}
	require.False(t, slow(exchange.Result{Pending: 2}))
	require.True(t, slow(exchange.Result{Pending: 3}))
	require.False(t, slow(lasting(6, 500*time.Millisecond-1)))
	require.True(t, slow(lasting(6, 500*time.Millisecond+1)))
	require.False(t, slow(lasting(70, 1500*time.Millisecond-1)), "0.1 s more for each frame")
	require.True(t, slow(lasting(70, 1500*time.Millisecond+1)))
}

func TestRefusalsInARow(t *testing.T) {
	no := func(code uds.NRC) error { return &uds.NegativeResponseError{Service: 0x22, Code: code} }
	read := []byte{0x22, 0xF1, 0x90}
	m := manners{served: map[byte]bool{}}
	m.remember(read, no(uds.RequestOutOfRange))
	require.Zero(t, m.row, "it just lacks the value")
	m.remember([]byte{0x10, 0x03}, nil)
	require.Empty(t, m.served, "a session is no answer")
	m.remember(read, no(uds.SecurityAccessDenied))
	m.remember(read, no(uds.RequestOutOfRange))
	m.remember(read, no(uds.ConditionsNotCorrect))
	require.Equal(t, 2, m.row)
	require.Equal(t, uds.ConditionsNotCorrect, m.last)
	m.remember(read, nil)
	require.Zero(t, m.row)
}

func TestBroken(t *testing.T) {
	crossed := &transport.TimeoutError{Timer: "N_Cr"}
	for _, row := range []struct {
		rule           string
		err            error
		broken, astray bool
	}{
		{"whole", nil, false, false},
		{"the rest did not come", crossed, true, false},
		{"out of order", &transport.ProtocolError{Clause: "N_WRONG_SN"}, true, false},
		{"another's answer", &transport.ProtocolError{Clause: exchange.ClauseAnswer}, false, true},
		{"not built as it should be", &transport.ProtocolError{Clause: "59: record"}, false, false},
		{"no answer at all", &transport.TimeoutError{Timer: "P2"}, false, false},
		{"our own frame did not leave", &transport.OpError{Op: "send", Err: &transport.TimeoutError{Timer: "N_As"}}, false, false},
		{"wrapped", fmt.Errorf("754/75C: %w", crossed), true, false},
	} {
		t.Run(row.rule, func(t *testing.T) {
			require.Equal(t, row.broken, broken(row.err))
			require.Equal(t, row.astray, astray(row.err))
		})
	}
}

func TestTheCarIsGone(t *testing.T) {
	unheard := &transport.OpError{Op: "send", Err: fmt.Errorf("%w: %w", transport.ErrNoAck, &transport.TimeoutError{Timer: "N_As"})}
	p := &pass{}
	require.Equal(t, error(unheard), p.heed(unheard))
	require.Equal(t, error(unheard), p.heed(unheard))
	require.NoError(t, p.heed(nil), "somebody is there after all")
	for range goneAfter - 1 {
		require.Equal(t, error(unheard), p.heed(unheard))
	}
	other := errors.New("ours alone")
	require.Equal(t, other, p.heed(other), "and that changes nothing")
	err := p.heed(unheard)
	require.ErrorIs(t, err, errGone)
	require.True(t, fatal(err))
	require.False(t, fatal(unheard))
}
