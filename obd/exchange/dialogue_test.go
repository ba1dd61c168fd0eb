package exchange_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/exchange/exchangetest"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
)

type book = exchangetest.Book

// plain is a small dialect: 10 opens a session, 01 being the unit's own, 22
// reads, 3E keeps alive, and 10 01 or else 20 lead back.
func plain() exchange.Dialect {
	return exchange.Dialect{
		Terms: func([]byte) exchange.Terms { return exchange.Terms{} },
		Target: func(req []byte) (byte, bool) {
			switch {
			case req[0] == 0x20:
				return 0, true
			case req[0] != 0x10:
				return 0, false
			case req[1] == 1:
				return 0, true
			}
			return req[1], true
		},
		KeepAlive: func(ctx context.Context, conn transport.Conn) error {
			return conn.Send(ctx, []byte{0x3E}, transport.Want{})
		},
		Restore: [][]byte{{0x10, 0x01}, {0x20}},
		Reads:   []byte{0x22},
		Lost:    []uds.NRC{0x7E, 0x7F},
	}
}

// talk begins a plain dialogue with u.
func talk(u *exchangetest.Unit) *exchange.Dialogue { return exchange.NewDialogue(u, plain(), nil) }

// with gives the book of a unit with sessions and these entries more.
func with(more book) book {
	b := book{"10 03": {"50 03"}, "10 01": {"50 01"}, "20": {"60"}, "22 F1 90": {"62 F1 90 57"}}
	for req, answers := range more {
		b[req] = answers
	}
	return b
}

// say is a request as hex text.
type say string

func (s say) do(t *testing.T, d *exchange.Dialogue) error {
	t.Helper()
	_, err := d.Do(t.Context(), exchangetest.Bytes(string(s)))
	return err
}

func requireDo(t *testing.T, d *exchange.Dialogue, requests ...say) {
	t.Helper()
	for _, req := range requests {
		require.NoError(t, req.do(t, d), req)
	}
}

// closing closes d at the end of a test, in a hurry.
func closing(t *testing.T, d *exchange.Dialogue, u *exchangetest.Unit) {
	t.Helper()
	_ = d.Close(cancelled())
	require.Zero(t, u.Overlaps(), "calls of the conn overlapped")
}

func cancelled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func TestDialogueIsObserved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []string
		u := with(book{"22 F1 91": {"7F 22 31"}}).Unit(address, 3*ms)
		d := exchange.NewDialogue(u, plain(), func(req []byte, res exchange.Result, err error) {
			seen = append(seen, fmt.Sprintf("% X %v %v", req, res.Latency, err))
		})
		requireDo(t, d, "22 F1 90")
		require.ErrorIs(t, say("22 F1 91").do(t, d), uds.RequestOutOfRange)
		require.ErrorContains(t, say("").do(t, d), "empty request")
		require.Equal(t, []string{
			"22 F1 90 3ms <nil>",
			"22 F1 91 3ms 754/75C: service 22 refused: request out of range (31)",
		}, seen)
	})
}

// What an answer teaches holds for the next request.
func TestDialogueLearns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p2 time.Duration
		wrong := errors.New("wrong")
		dialect := plain()
		dialect.Terms = func([]byte) exchange.Terms { return exchange.Terms{P2: p2} }
		dialect.Learn = func(req []byte, m transport.Message) error {
			if len(m.Data) < 3 {
				return wrong
			}
			p2 = time.Duration(m.Data[2]) * ms
			require.Equal(t, byte(0x10), req[0])
			return nil
		}
		u := book{"10 03": {"50 03 32"}, "10 04": {"50 04"}, "10 01": {"50 01 32"}}.Unit(address, 0)
		d := exchange.NewDialogue(u, dialect, nil)
		requireDo(t, d, "10 03")
		require.ErrorContains(t, say("22 F1 90").do(t, d), "P2 expired after 50ms")
		require.Equal(t, wrong, say("10 04").do(t, d))
		require.NoError(t, d.Close(t.Context()))
		require.Equal(t, []string{"10 03", "22 F1 90", "10 04", "10 01"}, u.Heard())
	})
}

func TestDialogueTakesTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := with(book{"22 F1 91": {"62 F1 91 02"}}).Unit(address, 10*ms)
		d := talk(u)
		begin := time.Now()
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				res, err := d.Do(t.Context(), []byte{0x22, 0xF1, 0x90 + byte(i%2)})
				require.NoError(t, err)
				require.Equal(t, 0x90+byte(i%2), res.Message.Data[2])
			})
		}
		wg.Wait()
		require.Equal(t, 60*ms, time.Since(begin))
		require.Zero(t, u.Overlaps())
	})
}

func TestDialogueIsCancelledPromptly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := book{}.Unit(address, 0)
		d := talk(u)
		for _, waiting := range []string{"for the answer", "for the turn"} {
			if waiting == "for the turn" {
				go func() { _, _ = d.Do(t.Context(), readVIN) }()
				synctest.Wait()
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*ms)
			begin := time.Now()
			_, err := d.Do(ctx, readVIN)
			require.ErrorIs(t, err, context.DeadlineExceeded, waiting)
			require.Equal(t, 20*ms, time.Since(begin), waiting)
			cancel()
		}
		time.Sleep(time.Second)
		before := len(u.Requests())
		_, err := d.Do(cancelled(), readVIN)
		require.Equal(t, context.Canceled, err)
		require.Len(t, u.Requests(), before)
	})
}

func TestClosedDialogue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := with(nil).Unit(address, 0)
		d := talk(u)
		require.NoError(t, d.Close(t.Context()))
		for _, ctx := range []context.Context{t.Context(), cancelled()} {
			_, err := d.Do(ctx, readVIN)
			require.ErrorIs(t, err, net.ErrClosed)
		}
		require.Empty(t, u.Heard())
	})
}

func TestSessionIsOpenedAgainAfterARestart(t *testing.T) {
	for _, code := range []string{"7E", "7F"} {
		t.Run(code, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := with(book{"22 F1 90": {"7F 22 " + code, "62 F1 90 57"}}).Unit(address, 0)
				d := talk(u)
				defer closing(t, d, u)
				requireDo(t, d, "10 03", "22 F1 90", "22 F1 90")
				require.Equal(t, []string{"10 03", "22 F1 90", "10 03", "22 F1 90", "22 F1 90"}, u.Heard())
			})
		})
	}
}

func TestSessionIsNotOpenedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		before []say
		req    say
		answer string
		want   []string // more requests
	}{
		"more than once":        {[]say{"10 03"}, "22 F1 90", "7F 22 7F", []string{"22 F1 90", "10 03", "22 F1 90"}},
		"for a write":           {[]say{"10 03"}, "2E F1 98 00", "7F 2E 7F", []string{"2E F1 98 00"}},
		"after another refusal": {[]say{"10 03"}, "22 F1 90", "7F 22 31", []string{"22 F1 90"}},
		"without a session":     {nil, "22 F1 90", "7F 22 7F", []string{"22 F1 90"}},
		"after it was left":     {[]say{"10 03", "10 01"}, "22 F1 90", "7F 22 7F", []string{"22 F1 90"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := with(book{string(c.req): {c.answer}}).Unit(address, 0)
				d := talk(u)
				defer closing(t, d, u)
				requireDo(t, d, c.before...)
				var neg *uds.NegativeResponseError
				require.ErrorAs(t, c.req.do(t, d), &neg)
				require.Equal(t, exchangetest.Bytes(c.answer), neg.AppendTo(nil))
				require.Equal(t, c.want, u.Heard()[len(c.before):])
			})
		})
	}
}

// A unit that refuses the session after its restart is in its own one.
func TestTheResultTellsThatASessionWasLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := with(book{"22 F1 90": {"7F 22 7F", "62 F1 90 57", "62 F1 90 57"}}).Unit(address, 0)
		d := talk(u)
		requireDo(t, d, "10 03")
		for _, lost := range []bool{true, false} {
			res, err := d.Do(t.Context(), []byte{0x22, 0xF1, 0x90})
			require.NoError(t, err)
			require.Equal(t, lost, res.Reopened)
		}
		require.NoError(t, d.Close(t.Context()))
	})
}

func TestSessionRefusedAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := with(book{"10 03": {"50 03", "7F 10 22"}, "22 F1 90": {"7F 22 7F", "62 F1 90 57"}}).Unit(address, 0)
		d := talk(u)
		requireDo(t, d, "10 03")
		require.ErrorIs(t, say("22 F1 90").do(t, d), uds.ServiceNotSupportedInSession, "the read's own refusal")
		requireDo(t, d, "22 F1 90")
		time.Sleep(10 * time.Second)
		require.NoError(t, d.Close(t.Context()))
		require.Equal(t, []string{"10 03", "22 F1 90", "10 03", "22 F1 90"}, u.Heard())
	})
}

// Whether the unit is in the session is not known: it is restored.
func TestSessionUnansweredAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := with(book{"10 03": {"50 03", ""}, "22 F1 90": {"7F 22 7F"}}).Unit(address, 0)
		d := talk(u)
		requireDo(t, d, "10 03")
		require.ErrorIs(t, say("22 F1 90").do(t, d), os.ErrDeadlineExceeded)
		require.NoError(t, d.Close(t.Context()))
		require.Equal(t, []string{"10 03", "22 F1 90", "10 03", "10 01"}, u.Heard())
	})
}
