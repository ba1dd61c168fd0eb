package client_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/exchange/exchangetest"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
)

// slow answers reads after delay, by way of a 78 after 1 ms if told so, and
// all else at once by opened, if there is one.
func slow(opened string, delay time.Duration, pending bool) *exchangetest.Unit {
	return exchangetest.New(address, func(_ int, req []byte) []reply {
		switch {
		case req[0] != uds.ServiceReadData && opened == "":
			return nil
		case req[0] != uds.ServiceReadData:
			return []reply{{Data: unhex(opened)}}
		case pending:
			return []reply{{After: ms, Data: unhex("7F 22 78")}, {After: ms + delay, Data: unhex("62 F1 86 03")}}
		}
		return []reply{{After: delay, Data: unhex("62 F1 86 03")}}
	})
}

func TestTimingOfTheUnit(t *testing.T) {
	cases := []struct {
		name    string
		request string
		answer  string
		pending bool
		limit   time.Duration
		timer   string
	}{
		{"P2 and 100 ms", "10 03", "50 03 00 32 01 F4", false, 150 * ms, "P2"},
		{"P2 absent", "10 03", "50 03", false, 250 * ms, "P2"},
		{"P2 of 0", "10 03", "50 03 00 00 01 F4", false, 250 * ms, "P2"},
		{"P2 of a minute", "10 03", "50 03 EA 60 01 F4", false, 5 * time.Second, "P2"},
		{"P2 of the default session", "10 01", "50 01 00 14 01 F4", false, 120 * ms, "P2"},
		{"P2* and 100 ms", "10 03", "50 03 00 32 00 C8", true, 2100 * ms, "P2*"},
		{"P2* absent", "10 03", "50 03", true, 5 * time.Second, "P2*"},
		{"P2* of 0", "10 03", "50 03 00 32 00 00", true, 5 * time.Second, "P2*"},
		{"no timing after suppression", "10 83", "", false, 250 * ms, "P2"},
	}
	for _, c := range cases {
		for side, late := range map[string]time.Duration{"one tick before": -tick, "one tick after": tick} {
			t.Run(c.name+" "+side, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					u := slow(c.answer, c.limit+late, c.pending)
					conn := open(t, u)
					_, err := conn.Do(t.Context(), unhex(c.request))
					require.NoError(t, err)
					_, err = conn.ReadData(t.Context(), 0xF186)
					if late < 0 {
						require.NoError(t, err)
						return
					}
					require.Equal(t, &transport.TimeoutError{Timer: c.timer, Address: address, After: c.limit, Waiting: "the answer to 22"}, err)
				})
			})
		}
	}
}

func TestFirstContactAgainAfterAReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := book{answers: map[string]string{"10 03": "50 03 00 32 01 F4", "11 01": "51 01"}}.unit()
		c := open(t, u)
		require.NoError(t, c.Session(t.Context(), 3))
		_, err := c.Do(t.Context(), unhex("11 01"))
		require.NoError(t, err)
		begin := time.Now()
		_, err = c.ReadData(t.Context(), 0xF186)
		require.ErrorAs(t, err, new(*transport.TimeoutError))
		require.Equal(t, 250*ms, time.Since(begin))
		time.Sleep(10 * time.Second)
		require.NotContains(t, u.Heard(), "3E 80", "no session is kept open")
		require.NoError(t, c.Close(t.Context()))
		require.NotContains(t, u.Heard(), "10 01", "nothing is left to restore")
	})
}

func TestSessionErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := book{answers: map[string]string{"10 03": "7F 10 22", "10 40": "50 40 00 32"}}.unit()
		c := open(t, u)
		require.ErrorIs(t, c.Session(t.Context(), 3), uds.ConditionsNotCorrect)
		require.ErrorAs(t, c.Session(t.Context(), 0x83), new(*uds.FormatError))
		require.Equal(t, &transport.ProtocolError{Address: address, Clause: "50: P2*", Got: "0 bytes", Want: "2 bytes"}, c.Session(t.Context(), 0x40))

		denied := errors.New("denied")
		u.Refuse = func([]byte) error { return denied }
		require.Equal(t, denied, c.Session(t.Context(), 3))
	})
}

// restarted is a unit that reads in session 03 only and falls back to 01 at
// the n-th request.
func restarted(n int, refusal string) *exchangetest.Unit {
	session := byte(1)
	return exchangetest.New(address, func(i int, req []byte) []reply {
		if i == n {
			session = 1
		}
		switch {
		case req[0] == uds.ServiceSessionControl:
			session = req[1]
			return []reply{{Data: []byte{0x50, session}}}
		case session == 1:
			return []reply{{Data: unhex(refusal)}}
		}
		return []reply{{Data: append([]byte{req[0] + 0x40}, req[1:]...)}}
	})
}

func TestSessionIsOpenedAgainAfterARestart(t *testing.T) {
	for name, c := range map[string]struct{ read, refusal string }{
		"7F":                 {"22 F1 86", "7F 22 7F"},
		"7E":                 {"19 02 FF", "7F 19 7E"},
		"several at a time":  {"22 F1 86 F1 87", "7F 22 7F"},
		"a read in a report": {"19 0A", "7F 19 7F"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := restarted(2, c.refusal)
				conn := open(t, u)
				require.NoError(t, conn.Session(t.Context(), 3))
				for range 2 {
					_, err := conn.Do(t.Context(), unhex(c.read))
					require.NoError(t, err)
				}
				require.Equal(t, []string{"10 03", c.read, c.read, "10 03", c.read}, u.Heard())
			})
		})
	}
}

func TestSessionIsNotOpenedAgain(t *testing.T) {
	cases := []struct {
		name     string
		answers  map[string]string
		request  string
		requests []string
		want     error
	}{
		{"more than once", map[string]string{"10 03": "50 03", "22 F1 86": "7F 22 7F"}, "22 F1 86", []string{"10 03", "22 F1 86", "10 03", "22 F1 86"}, uds.ServiceNotSupportedInSession},
		{"for a write", map[string]string{"10 03": "50 03", "2E F1 98 00": "7F 2E 7F"}, "2E F1 98 00", []string{"10 03", "2E F1 98 00"}, uds.ServiceNotSupportedInSession},
		{"for a routine", map[string]string{"10 03": "50 03", "31 01 02 03": "7F 31 7E"}, "31 01 02 03", []string{"10 03", "31 01 02 03"}, uds.SubFunctionNotSupportedInSession},
		{"after another refusal", map[string]string{"10 03": "50 03", "22 F1 86": "7F 22 31"}, "22 F1 86", []string{"10 03", "22 F1 86"}, uds.RequestOutOfRange},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := book{answers: c.answers}.unit()
				conn := open(t, u)
				require.NoError(t, conn.Session(t.Context(), 3))
				_, err := conn.Do(t.Context(), unhex(c.request))
				require.ErrorIs(t, err, c.want)
				require.Equal(t, c.requests, u.Heard())
			})
		})
	}
}

// A unit that refuses the session after its restart is in its default one.
