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

// present are the times of all 3E 80, counted from begin.
func present(u *exchangetest.Unit, begin time.Time) []time.Duration {
	var at []time.Duration
	for _, r := range u.Requests() {
		if r.Data[0] == uds.ServiceTesterPresent && r.Data[1] == 0x80 {
			at = append(at, r.At.Sub(begin))
		}
	}
	return at
}

func kept() *exchangetest.Unit {
	return book{answers: map[string]string{"10 03": "50 03 00 32 01 F4", "10 01": "50 01 00 32 01 F4", "22 F1 86": "62 F1 86 03", "3E 00": "7E 00"}}.unit()
}

func TestKeepAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := kept()
		c := open(t, u)
		begin := time.Now()
		require.NoError(t, c.Session(t.Context(), 3))
		time.Sleep(7 * time.Second)
		require.Equal(t, []time.Duration{2 * time.Second, 4 * time.Second, 6 * time.Second}, present(u, begin))
		for _, r := range u.Requests()[1:] {
			require.Equal(t, transport.Want{}, r.Want, "no answer is waited for")
		}
	})
}

func TestKeepAliveCountsFromTheLastTraffic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := kept()
		c := open(t, u)
		begin := time.Now()
		require.NoError(t, c.Session(t.Context(), 3))
		time.Sleep(1900 * ms)
		_, err := c.ReadData(t.Context(), 0xF186)
		require.NoError(t, err)
		time.Sleep(2000*ms + tick)
		require.Equal(t, []time.Duration{3900 * ms}, present(u, begin))
	})
}

func TestKeepAliveWaitsForARequestUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := slow("50 03", 4999*ms, true)
		c := open(t, u)
		begin := time.Now()
		require.NoError(t, c.Session(t.Context(), 3))
		time.Sleep(time.Second)
		_, err := c.ReadData(t.Context(), 0xF186)
		require.NoError(t, err)
		time.Sleep(2000*ms + tick)
		require.Equal(t, []time.Duration{8 * time.Second}, present(u, begin))
	})
}

func TestKeepAliveOnlyInASession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := kept()
		c := open(t, u)
		begin := time.Now()
		_, err := c.ReadData(t.Context(), 0xF186)
		require.NoError(t, err)
		time.Sleep(10 * time.Second)
		require.Empty(t, present(u, begin), "no session")
		require.NoError(t, c.Session(t.Context(), 3))
		require.NoError(t, c.Session(t.Context(), 3))
		time.Sleep(3 * time.Second)
		require.Equal(t, []time.Duration{12 * time.Second}, present(u, begin), "one keep-alive for a session opened twice")
		require.NoError(t, c.Session(t.Context(), uds.DefaultSession))
		time.Sleep(10 * time.Second)
		require.Len(t, present(u, begin), 1, "session left")
		require.NoError(t, c.Session(t.Context(), 3))
		time.Sleep(3 * time.Second)
		require.Len(t, present(u, begin), 2, "session opened again")
	})
}

func TestKeepAliveIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := kept()
		var tried []time.Duration
		begin := time.Now()
		u.Refuse = func(req []byte) error {
			if req[0] != uds.ServiceTesterPresent {
				return nil
			}
			if tried = append(tried, time.Since(begin)); len(tried) < 3 {
				return errors.New("denied")
			}
			return nil
		}
		require.NoError(t, open(t, u).Session(t.Context(), 3))
		time.Sleep(4 * time.Second)
		synctest.Wait()
		require.Equal(t, []time.Duration{2 * time.Second, 2500 * ms, 3 * time.Second}, tried)
		require.Equal(t, []time.Duration{3 * time.Second}, present(u, begin))
	})
}
