package client_test

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/exchange/exchangetest"
	"github.com/untether-obd/untether/obd/kwp"
	"github.com/untether-obd/untether/obd/kwp/client"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
)

const (
	idle = 2 * time.Second
	tick = time.Nanosecond
)

func closeClient(t *testing.T, c *client.Client) {
	t.Helper()
	require.NoError(t, c.Close(context.WithoutCancel(t.Context())))
}

func TestKeepAliveAfterIdle(t *testing.T) {
	for rule, test := range map[string]struct {
		wait time.Duration
		want []string
	}{
		"one tick before": {idle - tick, []string{"10 C0"}},
		"one tick after":  {idle + tick, []string{"10 C0", "3E 01"}},
		"and again":       {2*idle + 20*ms, []string{"10 C0", "3E 01", "3E 01"}},
	} {
		t.Run(rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := leaf().unit()
				c := client.New(u)
				defer closeClient(t, c)
				require.NoError(t, c.StartSession(t.Context(), 0xC0))
				time.Sleep(test.wait)
				synctest.Wait()
				require.Equal(t, test.want, heard(u))
			})
		})
	}
}

func TestKeepAliveWaitsForRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := leaf().unit()
		c := client.New(u)
		defer closeClient(t, c)
		require.NoError(t, c.StartSession(t.Context(), 0xC0))
		for range 5 {
			time.Sleep(idle - 100*ms)
			_, err := c.Read(t.Context(), 4)
			require.NoError(t, err)
		}
		require.NotContains(t, heard(u), "3E 01", "the conversation never rested")
		time.Sleep(idle + tick)
		synctest.Wait()
		require.Contains(t, heard(u), "3E 01")
		require.Zero(t, u.Overlaps())
	})
}

func TestKeepAliveNeverInsideARequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := exchangetest.New(tcu, func(_ int, req []byte) []exchangetest.Reply {
			if req[0] == 0x10 {
				return []exchangetest.Reply{{After: 10 * ms, Data: []byte{0x50, req[1]}}}
			}
			return []exchangetest.Reply{{After: 100 * ms, Lasts: 8 * time.Second, Data: []byte{0x61, 0x04, 1}}}
		})
		c := client.New(slow)
		require.NoError(t, c.StartSession(t.Context(), 0xC0))
		_, err := c.Read(t.Context(), 4)
		require.NoError(t, err)
		closeClient(t, c)
		require.Equal(t, []string{"10 C0", "21 04", "10 81"}, heard(slow))
		require.Zero(t, slow.Overlaps())
	})
}

func TestNoKeepAliveWithoutASessionOfOurs(t *testing.T) {
	for rule, prepare := range map[string]func(*client.Client) error{
		"none asked for": func(*client.Client) error { return nil },
		"refused":        func(c *client.Client) error { return c.StartSession(context.Background(), 0xFA) },
		"left by 10 81":  func(c *client.Client) error { return startAnd(c, []byte{0x10, 0x81}) },
		"left by 20":     func(c *client.Client) error { return startAnd(c, []byte{0x20}) },
		"the standard":   func(c *client.Client) error { return c.StartSession(context.Background(), 0x81) },
	} {
		t.Run(rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := leaf()
				b["10 FA"] = []string{"7F 10 12"}
				u := b.unit()
				c := client.New(u)
				err := prepare(c)
				require.Equal(t, rule == "refused", errors.Is(err, uds.SubFunctionNotSupported))
				before := len(u.Requests())
				time.Sleep(10 * time.Second)
				closeClient(t, c)
				require.Len(t, u.Requests(), before, "nor anything to restore")
			})
		})
	}
}

func startAnd(c *client.Client, req []byte) error {
	if err := c.StartSession(context.Background(), 0xC0); err != nil {
		return err
	}
	_, err := c.Do(context.Background(), req)
	return err
}

func TestKeepAliveForms(t *testing.T) {
	for _, test := range []struct {
		rule string
		opts []client.Option
		book book
		want []string
	}{
		{"3E 01 is answered", nil, leaf(), []string{"3E 01", "3E 01"}},
		{"3E 02 is not", []client.Option{client.WithKeepAlive(kwp.Present{Silent: true})}, leaf(), []string{"3E 02", "3E 02"}},
		{"bare", []client.Option{client.WithKeepAlive(kwp.Present{Bare: true})}, leaf(), []string{"3E", "3E"}},
		{
			"bare where 01 is refused", nil,
			book{"10 C0": {"50 C0"}, "10 81": {"50 81"}, "3E 01": {"7F 3E 12"}, "3E": {"7E"}},
			[]string{"3E 01", "3E"},
		},
		{
			"another refusal changes nothing", nil,
			book{"10 C0": {"50 C0"}, "10 81": {"50 81"}, "3E 01": {"7F 3E 10"}},
			[]string{"3E 01", "3E 01"},
		},
	} {
		t.Run(test.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := test.book.unit()
				c := client.New(u, test.opts...)
				require.NoError(t, c.StartSession(t.Context(), 0xC0))
				time.Sleep(2*idle + 100*ms)
				closeClient(t, c)
				require.Equal(t, append(append([]string{"10 C0"}, test.want...), "10 81"), heard(u))
			})
		})
	}
}

func TestKeepAliveIsRepeatedSoonWhenItFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := leaf()
		b["3E 01"] = []string{"", "7E"}
		u := b.unit()
		c := client.New(u)
		defer closeClient(t, c)
		require.NoError(t, c.StartSession(t.Context(), 0xC0))
		time.Sleep(idle + 250*ms + 500*ms + 20*ms)
		require.Equal(t, []string{"10 C0", "3E 01", "3E 01"}, heard(u))
	})
}

func TestSessionIsRestoredAfterARestart(t *testing.T) {
	for _, code := range []string{"80", "7E", "7F"} {
		t.Run(code, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := leaf()
				b["21 04"] = []string{"7F 21 " + code, "61 04 01"}
				u := b.unit()
				c := client.New(u)
				defer closeClient(t, c)
				require.NoError(t, c.StartSession(t.Context(), 0xC0))
				data, err := c.Read(t.Context(), 4)
				require.NoError(t, err)
				require.Equal(t, []byte{1}, data)
				require.Equal(t, []string{"10 C0", "21 04", "10 C0", "21 04"}, heard(u))
			})
		})
	}
}

func TestSessionIsNotRestored(t *testing.T) {
	for _, test := range []struct {
		rule  string
		start bool
		req   string
		code  string
	}{
		{"a write is never repeated", true, "3B 04 00", "80"},
		{"a routine is never repeated", true, "31 A8 00", "80"},
		{"another refusal is none of a session", true, "21 04", "31"},
		{"no session was ours", false, "21 04", "80"},
	} {
		t.Run(test.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := leaf()
				b[test.req] = []string{"7F " + test.req[:2] + " " + test.code}
				u := b.unit()
				c := client.New(u)
				defer closeClient(t, c)
				if test.start {
					require.NoError(t, c.StartSession(t.Context(), 0xC0))
				}
				before := len(u.Requests())
				_, err := c.Do(t.Context(), unhex(test.req))
				var refused *uds.NegativeResponseError
				require.ErrorAs(t, err, &refused)
				require.Len(t, u.Requests(), before+1)
			})
		})
	}
}

func TestSessionThatIsNotGrantedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := leaf()
		b["21 04"] = []string{"7F 21 80"}
		b["10 C0"] = []string{"50 C0", "7F 10 22"}
		u := b.unit()
		c := client.New(u)
		require.NoError(t, c.StartSession(t.Context(), 0xC0))
		_, err := c.Read(t.Context(), 4)
		require.ErrorContains(t, err, "80", "the read's own refusal is told")
		time.Sleep(10 * time.Second)
		closeClient(t, c)
		require.Equal(t, []string{"10 C0", "21 04", "10 C0"}, heard(u), "the unit is in its standard session")
	})
}

func TestSessionThatIsAskedForAgainInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := leaf()
		b["21 04"] = []string{"7F 21 80"}
		b["10 C0"] = []string{"50 C0", ""}
		c := client.New(b.unit())
		defer closeClient(t, c)
		require.NoError(t, c.StartSession(t.Context(), 0xC0))
		_, err := c.Read(t.Context(), 4)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	})
}

func TestClose(t *testing.T) {
	for _, test := range []struct {
		rule string
		book book
		want []string
	}{
		{"10 81", leaf(), []string{"10 C0", "10 81"}},
		{"20 where 10 81 is refused", book{"10 C0": {"50 C0"}, "10 81": {"7F 10 12"}, "20": {"60"}}, []string{"10 C0", "10 81", "20"}},
	} {
		t.Run(test.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := test.book.unit()
				c := client.New(u)
				require.NoError(t, c.StartSession(t.Context(), 0xC0))
				closeClient(t, c)
				closeClient(t, c)
				time.Sleep(10 * time.Second)
				require.Equal(t, test.want, heard(u))
				_, err := c.Read(t.Context(), 4)
				require.ErrorIs(t, err, net.ErrClosed)
			})
		})
	}
}

func TestCloseThatTheUnitRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := book{"10 C0": {"50 C0"}, "10 81": {"7F 10 12"}, "20": {"7F 20 11"}}.unit()
		c := client.New(u)
		require.NoError(t, c.StartSession(t.Context(), 0xC0))
		err := c.Close(t.Context())
		var open *client.OpenSessionError
		require.ErrorAs(t, err, &open)
		require.Equal(t, byte(0xC0), open.Session)
		require.ErrorIs(t, err, uds.ServiceNotSupported)
		require.ErrorContains(t, err, "session C0 is left to the unit's own timer")
	})
}

// Whether the unit has granted the session is not known: it is restored.
func TestCloseAfterADoubtfulSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := book{"10 81": {"50 81"}}.unit()
		c := client.New(u)
		require.Error(t, c.StartSession(t.Context(), 0xC0))
		closeClient(t, c)
		require.Equal(t, []string{"10 C0", "10 81"}, heard(u))
	})
}

func TestCloseAfterASessionThatWasNeverSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := leaf().unit()
		u.Refuse = func([]byte) error { return errors.New("denied") }
		c := client.New(u)
		require.Error(t, c.StartSession(t.Context(), 0xC0))
		u.Refuse = nil
		closeClient(t, c)
		require.Empty(t, u.Requests())
	})
}

func TestCloseInAHurry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := leaf().unit()
		c := client.New(u)
		require.NoError(t, c.StartSession(t.Context(), 0xC0))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		begin := time.Now()
		require.NoError(t, c.Close(ctx))
		require.Zero(t, time.Since(begin), "10 81 is sent and its answer not waited for")
		require.Equal(t, []string{"10 C0", "10 81"}, heard(u))
		require.Equal(t, transport.Want{}, u.Requests()[1].Want)
	})
}

func TestCloseBesideARequestThatHangs(t *testing.T) {
	for rule, test := range map[string]struct {
		busy time.Duration // of the request under way when Close comes
		ok   bool
	}{
		"it ends a tick before the farewell does": {200*ms - tick, true},
		"it ends a tick after":                    {200*ms + tick, false},
	} {
		t.Run(rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := exchangetest.New(tcu, func(_ int, req []byte) []exchangetest.Reply {
					if req[0] == 0x10 {
						return []exchangetest.Reply{{After: 10 * ms, Data: []byte{0x50, req[1]}}}
					}
					return []exchangetest.Reply{{After: test.busy, Data: []byte{0x61, 0x04, 1}}}
				})
				c := client.New(u)
				require.NoError(t, c.StartSession(t.Context(), 0xC0))
				done := make(chan error, 1)
				go func() {
					_, err := c.Read(t.Context(), 4)
					done <- err
				}()
				synctest.Wait()
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				begin := time.Now()
				err := c.Close(ctx)
				if test.ok {
					require.NoError(t, err)
				} else {
					var open *client.OpenSessionError
					require.ErrorAs(t, err, &open)
					require.Equal(t, 200*ms, time.Since(begin))
				}
				require.NoError(t, <-done)
			})
		})
	}
}

func TestCloseEndsAKeepAliveThatIsNotAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := leaf()
		delete(b, "3E 01")
		u := b.unit()
		c := client.New(u)
		require.NoError(t, c.StartSession(t.Context(), 0xC0))
		time.Sleep(idle + 50*ms)
		begin := time.Now()
		closeClient(t, c)
		require.Equal(t, 10*ms, time.Since(begin), "only 10 81 is waited for")
		require.Equal(t, []string{"10 C0", "3E 01", "10 81"}, heard(u))
	})
}

func TestCloseWithDeadlineInTheMiddle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := leaf()
		b["10 81"] = []string{""}
		u := b.unit()
		c := client.New(u)
		require.NoError(t, c.StartSession(t.Context(), 0xC0))
		ctx, cancel := context.WithTimeout(t.Context(), 50*ms)
		defer cancel()
		require.NoError(t, c.Close(ctx), "it was sent once more, without waiting")
		require.Equal(t, []string{"10 C0", "10 81", "10 81"}, heard(u))
	})
}
