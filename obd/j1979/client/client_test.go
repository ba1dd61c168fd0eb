package client_test

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/exchange/exchangetest"
	"github.com/untether-obd/untether/obd/j1979"
	"github.com/untether-obd/untether/obd/j1979/client"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
)

const (
	ms   = time.Millisecond
	tick = time.Nanosecond
	p2   = exchange.DefaultP2

	vinEngine  = "49 02 01 57 42 41 38 45 39 43 35 30 47 4B 31 32 33 34 35 36"
	vinOther   = "49 02 01 57 42 41 38 45 39 43 35 30 47 4B 39 39 39 39 39 39"
	vinBlank   = "49 02 01 FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF"
	vinPending = "7F 09 78"
)

var (
	group        = transport.MustAddress("7DF/7E8-7EF")
	engine       = transport.MustAddress("7E0/7E8")
	transmission = transport.MustAddress("7E1/7E9")
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

func say(after time.Duration, from transport.Address, text string) exchangetest.Reply {
	return exchangetest.Reply{After: after, From: from, Data: unhex(text)}
}

// script answers requests by their bytes; what is not in it stays silent.
type script map[string][]exchangetest.Reply

func (s script) unit(a transport.Address) *exchangetest.Unit {
	return exchangetest.New(a, func(_ int, req []byte) []exchangetest.Reply {
		return s[strings.ToUpper(hex.EncodeToString(req))]
	})
}

func sent(u *exchangetest.Unit) (out []string) {
	for _, r := range u.Requests() {
		out = append(out, strings.ToUpper(hex.EncodeToString(r.Data)))
	}
	return out
}

func TestVINOfAGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := script{"0902": {say(10*ms, engine, vinEngine), say(30*ms, transmission, vinOther)}}.unit(group)
		begin := time.Now()
		answers, err := client.New(u, group).VIN(t.Context())
		require.NoError(t, err)
		require.Equal(t, []client.Answer[string]{
			{From: engine, Value: "WBA8E9C50GK123456"}, {From: transmission, Value: "WBA8E9C50GK999999"},
		}, answers, "each with its source, never merged")
		require.GreaterOrEqual(t, time.Since(begin), p2, "there may be more until P2 has passed")
	})
}

func TestFirstGoodAnswerIsEnough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		u := script{"0902": {
			say(10*ms, engine, vinPending),
			say(20*ms, transport.MustAddress("7E2/7EA"), vinBlank),
			say(30*ms, transmission, vinOther),
			say(40*ms, engine, vinEngine),
		}}.unit(group)
		answers, err := client.New(u, group).First().VIN(t.Context())
		require.NoError(t, err)
		require.Len(t, answers, 2)
		require.ErrorIs(t, answers[0].Err, j1979.ErrBlank, "a blank one is no good answer")
		require.Equal(t, client.Answer[string]{From: transmission, Value: "WBA8E9C50GK999999"}, answers[1])
		require.Equal(t, 30*ms, time.Since(begin))
	})
}

func TestFirstLeavesTheOtherClientAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := script{"0902": {say(10*ms, engine, vinEngine), say(30*ms, transmission, vinOther)}}.unit(group)
		c := client.New(u, group)
		answers, err := c.First().VIN(t.Context())
		require.NoError(t, err)
		require.Len(t, answers, 1)
		answers, err = c.VIN(t.Context())
		require.NoError(t, err)
		require.Len(t, answers, 2)
	})
}

func TestPendingOfOneUnitDoesNotEndIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := script{"0902": {
			say(10*ms, engine, vinPending),
			say(20*ms, transmission, vinOther),
			say(3*time.Second, engine, vinEngine),
		}}.unit(group)
		answers, err := client.New(u, group).VIN(t.Context())
		require.NoError(t, err)
		require.Equal(t, []transport.Address{transmission, engine}, froms(answers))
		require.Equal(t, "WBA8E9C50GK123456", answers[1].Value)
	})
}

func froms[T any](answers []client.Answer[T]) (out []transport.Address) {
	for _, a := range answers {
		out = append(out, a.From)
	}
	return out
}

func TestP2OfAGroup(t *testing.T) {
	for rule, c := range map[string]struct {
		after time.Duration
		want  int
	}{
		"one tick before": {p2 - tick, 1},
		"one tick after":  {p2 + tick, 0},
	} {
		t.Run(rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := script{"0902": {say(c.after, engine, vinEngine)}}.unit(group)
				answers, err := client.New(u, group).VIN(t.Context())
				require.Len(t, answers, c.want)
				if c.want == 0 {
					requireSilence(t, err, group)
				}
			})
		})
	}
}

func requireSilence(t *testing.T, err error, a transport.Address) {
	t.Helper()
	var timeout *transport.TimeoutError
	require.ErrorAs(t, err, &timeout)
	require.Equal(t, "P2", timeout.Timer)
	require.Equal(t, a, timeout.Address)
	require.Equal(t, p2, timeout.After)
}

func TestWithTerms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := script{"0902": {say(51*ms, engine, vinEngine)}}.unit(group)
		_, err := client.New(u, group, client.WithTerms(exchange.Terms{P2: 50 * ms})).VIN(t.Context())
		require.ErrorContains(t, err, "7DF/7E8-7EF: P2 expired after 50ms waiting for any answer to 09 02")
	})
}

// What one unit does wrong is its own answer's error; the others are heard.
func TestOneUnitFails(t *testing.T) {
	broken := &transport.TimeoutError{Timer: "N_Cr", Address: engine, After: time.Second}
	for _, c := range []struct {
		rule    string
		replies []exchangetest.Reply
		want    any
	}{
		{"refused", []exchangetest.Reply{say(10*ms, engine, "7F 09 22")}, new(*uds.NegativeResponseError)},
		{"malformed", []exchangetest.Reply{say(10*ms, engine, "49 02 01 41 42")}, new(*transport.ProtocolError)},
		{"too short for its identifier", []exchangetest.Reply{say(10*ms, engine, "49")}, new(*transport.ProtocolError)},
		{"another InfoType", []exchangetest.Reply{say(10*ms, engine, "49 04 01")}, new(*transport.ProtocolError)},
		{"pending for ever", []exchangetest.Reply{say(10*ms, engine, vinPending)}, new(*transport.TimeoutError)},
		{"broke off", []exchangetest.Reply{{After: 10 * ms, Err: broken}}, new(*transport.TimeoutError)},
	} {
		t.Run(c.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := script{"0902": append(c.replies, say(200*ms, transmission, vinOther))}.unit(group)
				answers, err := client.New(u, group).VIN(t.Context())
				require.NoError(t, err)
				require.Len(t, answers, 2)
				bad := slices.IndexFunc(answers, func(a client.Answer[string]) bool { return a.From == engine })
				require.GreaterOrEqual(t, bad, 0)
				require.ErrorAs(t, answers[bad].Err, c.want)
				require.Empty(t, answers[bad].Value)
				require.Equal(t, client.Answer[string]{From: transmission, Value: "WBA8E9C50GK999999"}, answers[1-bad])
			})
		})
	}
}

func TestManyPendingOfOneUnit(t *testing.T) {
	var replies []exchangetest.Reply
	for i := range 12 {
		replies = append(replies, say(time.Duration(i+1)*ms, engine, vinPending))
	}
	synctest.Test(t, func(t *testing.T) {
		u := script{"0902": replies}.unit(group)
		answers, err := client.New(u, group).VIN(t.Context())
		require.NoError(t, err)
		require.Len(t, answers, 1)
		var pending *exchange.PendingError
		require.ErrorAs(t, answers[0].Err, &pending)
	})
}

func TestWrongThenRight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := script{"0902": {say(10*ms, engine, "49 04 01"), say(20*ms, engine, vinEngine)}}.unit(group)
		answers, err := client.New(u, group).VIN(t.Context())
		require.NoError(t, err)
		require.Equal(t, []client.Answer[string]{{From: engine, Value: "WBA8E9C50GK123456"}}, answers)
	})
}

func TestAnswersToOtherRequestsAreNotHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := script{"0902": {say(10*ms, engine, "41 00 00 00 00 00"), say(20*ms, transmission, "7F 01 11")}}.unit(group)
		_, err := client.New(u, group).VIN(t.Context())
		requireSilence(t, err, group)
	})
}

func TestTwoUnitsOnOneIdentifierStayTwo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := script{"0902": {say(10*ms, engine, vinEngine), say(20*ms, engine, vinOther)}}.unit(group)
		answers, err := client.New(u, group).VIN(t.Context())
		require.NoError(t, err)
		require.Equal(t, []transport.Address{engine, engine}, froms(answers))
		require.NotEqual(t, answers[0].Value, answers[1].Value)
	})
}

func TestPhysical(t *testing.T) {
	for _, c := range []struct {
		rule  string
		reply string
		err   any // of the answer; nil: none
	}{
		{"answer", vinEngine, nil},
		{"refusal", "7F 09 31", new(*uds.NegativeResponseError)},
		{"malformed", "49 02 01 41", new(*transport.ProtocolError)},
		{"foreign only", "41 00 00 00 00 00", new(*transport.ProtocolError)},
		{"78 and no more", vinPending, new(*transport.TimeoutError)},
	} {
		t.Run(c.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := script{"0902": {say(10*ms, engine, c.reply)}}.unit(engine)
				answers, err := client.New(u, engine).VIN(t.Context())
				require.NoError(t, err)
				require.Len(t, answers, 1)
				require.Equal(t, engine, answers[0].From)
				if c.err == nil {
					require.NoError(t, answers[0].Err)
					require.Equal(t, "WBA8E9C50GK123456", answers[0].Value)
					return
				}
				require.ErrorAs(t, answers[0].Err, c.err)
			})
		})
	}
}

func TestPhysicalSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers, err := client.New(script{}.unit(engine), engine).VIN(t.Context())
		require.Empty(t, answers)
		requireSilence(t, err, engine)
	})
}

func TestConnFails(t *testing.T) {
	for _, a := range []transport.Address{group, engine} {
		t.Run(a.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := script{}.unit(a)
				u.Refuse = func([]byte) error {
					return &transport.OpError{Op: "send", Address: a, Err: &transport.TimeoutError{Timer: "N_As", Address: a}}
				}
				answers, err := client.New(u, a).VIN(t.Context())
				require.Empty(t, answers)
				var op *transport.OpError
				require.ErrorAs(t, err, &op)
			})
		})
	}
}

func TestCancelledInTheMiddle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := script{"0902": {say(10*ms, engine, vinEngine), say(100*ms, transmission, vinOther)}}.unit(group)
		ctx, cancel := context.WithTimeout(t.Context(), 50*ms)
		defer cancel()
		answers, err := client.New(u, group).VIN(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, []transport.Address{engine}, froms(answers), "what came until then")
	})
}

func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := script{"0902": {say(10*ms, engine, vinEngine)}}.unit(engine)
		c := client.New(u, engine)
		done := make(chan error, 2)
		for range 2 {
			go func() {
				_, err := c.First().VIN(t.Context())
				done <- err
			}()
		}
		require.NoError(t, <-done)
		require.NoError(t, <-done)
		require.Zero(t, u.Overlaps())
	})
}

func TestWaitingForTheTurnEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := script{"0902": {say(200*ms, engine, vinEngine)}}.unit(engine)
		c := client.New(u, engine)
		done := make(chan error, 1)
		go func() {
			_, err := c.VIN(t.Context())
			done <- err
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 50*ms)
		defer cancel()
		_, err := c.VIN(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NoError(t, <-done)
		require.Len(t, u.Requests(), 1)
	})
}

func TestObserver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := script{"0902": {say(10*ms, engine, vinEngine), say(20*ms, transmission, "7F 09 11")}}.unit(group)
		var seen []string
		c := client.New(u, group, client.WithObserver(func(req []byte, answers []exchange.Result, err error) {
			require.Equal(t, []byte{0x09, 0x02}, req)
			require.NoError(t, err)
			for _, a := range answers {
				seen = append(seen, a.Message.From.String())
			}
		}))
		_, err := c.VIN(t.Context())
		require.NoError(t, err)
		require.Equal(t, []string{"7E0/7E8", "7E1/7E9"}, seen)
	})
}
