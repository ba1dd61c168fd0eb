package client_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds/client"
)

func kept() book {
	return book{answers: map[string]string{
		"10 03": "50 03 00 32 01 F4", "10 83": "50 03 00 32 01 F4", "10 01": "50 01 00 32 01 F4",
		"11 01": "51 01", "10 40": "7F 10 12",
	}}
}

// The unit is back in its default session, whichever way.
func TestNothingToRestore(t *testing.T) {
	for name, requests := range map[string][]string{
		"nothing asked":   nil,
		"default session": {"10 01"},
		"refused":         {"10 40"},
		"left":            {"10 03", "10 01"},
		"left unanswered": {"10 03", "10 81"},
		"reset":           {"10 03", "11 01"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := kept().unit()
				c := client.New(u)
				for _, req := range requests {
					_, err := c.Do(t.Context(), unhex(req))
					require.Equal(t, name == "refused", err != nil)
				}
				time.Sleep(10 * time.Second)
				require.NoError(t, c.Close(t.Context()))
				require.Equal(t, requests, u.Heard(), "nor a keep-alive")
			})
		})
	}
}

func TestClose(t *testing.T) {
	hurried, cancel := context.WithCancel(context.Background())
	cancel()
	for name, c := range map[string]struct {
		session string
		ctx     context.Context
		answers int
	}{
		"waits for the answer":        {"10 03", context.Background(), 1},
		"after a suppressed answer":   {"10 83", context.Background(), 1},
		"in a hurry it does not wait": {"10 03", hurried, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := kept().unit()
				conn := client.New(u)
				_, err := conn.Do(t.Context(), unhex(c.session))
				require.NoError(t, err)
				require.NoError(t, conn.Close(c.ctx))
				require.Equal(t, []string{c.session, "10 01"}, u.Heard())
				require.Equal(t, c.answers, u.Requests()[1].Want.Answers)
				_, err = conn.ReadData(t.Context(), 0xF186)
				require.ErrorIs(t, err, transport.ErrClosed)
			})
		})
	}
}

// UDS has no second way back.
func TestCloseThatTheUnitRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := book{answers: map[string]string{"10 03": "50 03", "10 01": "7F 10 22"}}.unit()
		c := client.New(u)
		require.NoError(t, c.Session(t.Context(), 3))
		require.ErrorAs(t, c.Close(t.Context()), new(*exchange.OpenSessionError))
		require.Equal(t, []string{"10 03", "10 01"}, u.Heard())
	})
}

func TestKeepAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := kept().unit()
		require.NoError(t, open(t, u).Session(t.Context(), 3))
		time.Sleep(5 * time.Second)
		require.Equal(t, []string{"10 03", "3E 80", "3E 80"}, u.Heard())
		for _, r := range u.Requests()[1:] {
			require.Equal(t, transport.Want{}, r.Want, "no answer is waited for")
		}
	})
}
