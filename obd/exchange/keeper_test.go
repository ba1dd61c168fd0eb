package exchange_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/exchange/exchangetest"
	"github.com/untether-obd/untether/obd/transport"
)

// kept are the times of all 3E, counted from begin.
func kept(u *exchangetest.Unit, begin time.Time) []time.Duration {
	var at []time.Duration
	for _, r := range u.Requests() {
		if r.Data[0] == 0x3E {
			at = append(at, r.At.Sub(begin))
		}
	}
	return at
}

// slow answers a read after delay, by way of a 78 after 1 ms, and 10 at once.
func slow(delay time.Duration) *exchangetest.Unit {
	return exchangetest.New(address, func(_ int, req []byte) []reply {
		switch req[0] {
		case 0x10:
			return []reply{{Data: []byte{0x50, req[1]}}}
		case 0x22:
			return []reply{{After: ms, Data: pending}, {After: delay, Data: vin}}
		}
		return nil
	})
}

func TestKeepAlive(t *testing.T) {
	for name, c := range map[string]struct {
		after time.Duration
		want  []time.Duration
	}{
		"one tick before": {2*time.Second - tick, nil},
		"one tick after":  {2*time.Second + tick, []time.Duration{2 * time.Second}},
		"and again":       {7 * time.Second, []time.Duration{2 * time.Second, 4 * time.Second, 6 * time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := with(nil).Unit(address, 0)
				d := talk(u)
				defer closing(t, d, u)
				begin := time.Now()
				requireDo(t, d, "10 03")
				time.Sleep(c.after)
				require.Equal(t, c.want, kept(u, begin))
			})
		})
	}
}

func TestKeepAliveCountsFromTheLastTraffic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := with(nil).Unit(address, 0)
		d := talk(u)
		defer closing(t, d, u)
		begin := time.Now()
		requireDo(t, d, "10 03")
		for range 5 {
			time.Sleep(1900 * ms)
			requireDo(t, d, "22 F1 90")
		}
		time.Sleep(2000*ms + tick)
		require.Equal(t, []time.Duration{11500 * ms}, kept(u, begin))
	})
}

func TestKeepAliveWaitsForARequestUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := slow(5 * time.Second)
		d := talk(u)
		defer closing(t, d, u)
		begin := time.Now()
		requireDo(t, d, "10 03")
		time.Sleep(time.Second)
		requireDo(t, d, "22 F1 90")
		time.Sleep(2000*ms + tick)
		require.Equal(t, []time.Duration{8 * time.Second}, kept(u, begin))
	})
}

func TestKeepAliveOnlyInASession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := with(book{"10 40": {"7F 10 12"}}).Unit(address, 0)
		d := talk(u)
		defer closing(t, d, u)
		begin := time.Now()
		requireDo(t, d, "22 F1 90", "10 01")
		require.Error(t, say("10 40").do(t, d))
		time.Sleep(10 * time.Second)
		require.Empty(t, kept(u, begin), "no session")
		requireDo(t, d, "10 03", "10 03")
		time.Sleep(3 * time.Second)
		require.Equal(t, []time.Duration{12 * time.Second}, kept(u, begin), "one keep-alive for a session opened twice")
		requireDo(t, d, "20")
		time.Sleep(10 * time.Second)
		require.Len(t, kept(u, begin), 1, "session left")
		requireDo(t, d, "10 03")
		time.Sleep(3 * time.Second)
		require.Len(t, kept(u, begin), 2, "session opened again")
	})
}

func TestKeepAliveIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := with(nil).Unit(address, 0)
		var tried []time.Duration
		begin := time.Now()
		u.Refuse = func(req []byte) error {
			if req[0] != 0x3E {
				return nil
			}
			if tried = append(tried, time.Since(begin)); len(tried) < 3 {
				return errors.New("denied")
			}
			return nil
		}
		d := talk(u)
		defer closing(t, d, u)
		requireDo(t, d, "10 03")
		time.Sleep(4 * time.Second)
		synctest.Wait()
		require.Equal(t, []time.Duration{2 * time.Second, 2500 * ms, 3 * time.Second}, tried)
		require.Equal(t, []time.Duration{3 * time.Second}, kept(u, begin))
	})
}

func TestCloseEndsAKeepAliveThatIsNotAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dialect := plain()
		dialect.KeepAlive = func(ctx context.Context, conn transport.Conn) error {
			_, err := exchange.Do(ctx, conn, []byte{0x3E}, exchange.Terms{})
			return err
		}
		u := with(nil).Unit(address, 10*ms)
		d := exchange.NewDialogue(u, dialect, nil)
		requireDo(t, d, "10 03")
		time.Sleep(2050 * ms)
		begin := time.Now()
		require.NoError(t, d.Close(t.Context()))
		require.Equal(t, 10*ms, time.Since(begin), "only 10 01 is waited for")
		require.Equal(t, []string{"10 03", "3E", "10 01"}, u.Heard())
	})
}
