package client_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/exchange/exchangetest"
	"github.com/untether-obd/untether/obd/kwp"
	"github.com/untether-obd/untether/obd/kwp/client"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
)

const idle = 2 * time.Second

func closeClient(t *testing.T, c *client.Client) {
	t.Helper()
	require.NoError(t, c.Close(context.WithoutCancel(t.Context())))
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
				u := b.Unit(tcu, 10*ms)
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
				u := test.book.Unit(tcu, 10*ms)
				c := client.New(u, test.opts...)
				require.NoError(t, c.StartSession(t.Context(), 0xC0))
				time.Sleep(2*idle + 100*ms)
				closeClient(t, c)
				require.Equal(t, append(append([]string{"10 C0"}, test.want...), "10 81"), u.Heard())
			})
		})
	}
}

// Silence to 3E 01 is a failure, after P2 and half a second it is said again.
func TestKeepAliveIsRepeatedSoonWhenItFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := leaf()
		b["3E 01"] = []string{"", "7E"}
		u := b.Unit(tcu, 10*ms)
		c := client.New(u)
		defer closeClient(t, c)
		require.NoError(t, c.StartSession(t.Context(), 0xC0))
		time.Sleep(idle + 250*ms + 500*ms + 20*ms)
		require.Equal(t, []string{"10 C0", "3E 01", "3E 01"}, u.Heard())
	})
}

func TestSessionIsRestoredAfterARestart(t *testing.T) {
	for _, code := range []string{"80", "7E", "7F"} {
		t.Run(code, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := leaf()
				b["21 04"] = []string{"7F 21 " + code, "61 04 01"}
				u := b.Unit(tcu, 10*ms)
				c := client.New(u)
				defer closeClient(t, c)
				require.NoError(t, c.StartSession(t.Context(), 0xC0))
				data, err := c.Read(t.Context(), 4)
				require.NoError(t, err)
				require.Equal(t, []byte{1}, data)
				require.Equal(t, []string{"10 C0", "21 04", "10 C0", "21 04"}, u.Heard())
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
				u := b.Unit(tcu, 10*ms)
				c := client.New(u)
				defer closeClient(t, c)
				if test.start {
					require.NoError(t, c.StartSession(t.Context(), 0xC0))
				}
				before := len(u.Requests())
				_, err := c.Do(t.Context(), exchangetest.Bytes(test.req))
				var refused *uds.NegativeResponseError
				require.ErrorAs(t, err, &refused)
				require.Len(t, u.Requests(), before+1)
			})
		})
	}
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
				u := test.book.Unit(tcu, 10*ms)
				c := client.New(u)
				require.NoError(t, c.StartSession(t.Context(), 0xC0))
				closeClient(t, c)
				closeClient(t, c)
				time.Sleep(10 * time.Second)
				require.Equal(t, test.want, u.Heard())
				_, err := c.Read(t.Context(), 4)
				require.ErrorIs(t, err, net.ErrClosed)
			})
		})
	}
}

func TestCloseThatTheUnitRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := book{"10 C0": {"50 C0"}, "10 81": {"7F 10 12"}, "20": {"7F 20 11"}}.Unit(tcu, 10*ms)
		c := client.New(u)
		require.NoError(t, c.StartSession(t.Context(), 0xC0))
		err := c.Close(t.Context())
		var open *exchange.OpenSessionError
		require.ErrorAs(t, err, &open)
		require.Equal(t, byte(0xC0), open.Session)
		require.ErrorIs(t, err, uds.ServiceNotSupported)
		require.ErrorContains(t, err, "session C0 is left to the unit's own timer")
	})
}

func TestCloseInAHurry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := leaf().Unit(tcu, 10*ms)
		c := client.New(u)
		require.NoError(t, c.StartSession(t.Context(), 0xC0))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		begin := time.Now()
		require.NoError(t, c.Close(ctx))
		require.Zero(t, time.Since(begin), "10 81 is sent and its answer not waited for")
		require.Equal(t, []string{"10 C0", "10 81"}, u.Heard())
		require.Equal(t, transport.Want{}, u.Requests()[1].Want)
	})
}
