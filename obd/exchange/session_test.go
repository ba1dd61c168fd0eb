package exchange_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
)

func TestClose(t *testing.T) {
	for name, c := range map[string]struct {
		more book
		want []string
	}{
		"first way":                  {nil, []string{"10 03", "10 01"}},
		"second where it is refused": {book{"10 01": {"7F 10 12"}}, []string{"10 03", "10 01", "20"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := with(c.more).Unit(address, 0)
				d := talk(u)
				requireDo(t, d, "10 03")
				require.NoError(t, d.Close(t.Context()))
				require.NoError(t, d.Close(t.Context()), "twice")
				time.Sleep(10 * time.Second)
				require.Equal(t, c.want, u.Heard())
				require.Equal(t, 1, u.Requests()[1].Want.Answers)
			})
		})
	}
}

func TestCloseWithoutASession(t *testing.T) {
	for name, c := range map[string]struct {
		before  say
		granted bool
		after   say
	}{
		"nothing asked":  {},
		"left":           {"10 03", true, "10 01"},
		"left otherwise": {"10 03", true, "20"},
		"refused":        {"10 40", false, ""},
		"the unit's own": {"10 01", true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := with(book{"10 40": {"7F 10 12"}}).Unit(address, 0)
				d := talk(u)
				require.Equal(t, c.granted, c.before.do(t, d) == nil)
				if c.after != "" {
					requireDo(t, d, c.after)
				}
				before := len(u.Requests())
				require.NoError(t, d.Close(cancelled()))
				require.Len(t, u.Requests(), before)
			})
		})
	}
}

func TestCloseAfterASessionThatWasNeverSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := with(nil).Unit(address, 0)
		u.Refuse = func([]byte) error { return errors.New("denied") }
		d := talk(u)
		require.Error(t, say("10 03").do(t, d))
		u.Refuse = nil
		require.NoError(t, d.Close(t.Context()))
		require.Empty(t, u.Requests())
	})
}

// Whether the unit has granted the session is not known: it is restored.
func TestCloseAfterADoubtfulSession(t *testing.T) {
	for name, prepare := range map[string]func(*testing.T, *exchange.Dialogue){
		"no answer": func(t *testing.T, d *exchange.Dialogue) {
			t.Helper()
			require.Error(t, say("10 03").do(t, d))
		},
		"cancelled meanwhile": func(t *testing.T, d *exchange.Dialogue) {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), 10*ms)
			defer cancel()
			_, err := d.Do(ctx, []byte{0x10, 0x03})
			require.ErrorIs(t, err, context.DeadlineExceeded)
		},
		"then another refused": func(t *testing.T, d *exchange.Dialogue) {
			t.Helper()
			require.Error(t, say("10 03").do(t, d))
			require.ErrorIs(t, say("10 40").do(t, d), uds.SubFunctionNotSupported)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := book{"10 40": {"7F 10 12"}, "10 01": {"50 01"}}.Unit(address, 0)
				d := talk(u)
				prepare(t, d)
				require.NoError(t, d.Close(t.Context()))
				require.Contains(t, u.Heard(), "10 01")
			})
		})
	}
}

func TestCloseWithACancelledContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := with(nil).Unit(address, 10*ms)
		d := talk(u)
		requireDo(t, d, "10 03")
		begin := time.Now()
		require.NoError(t, d.Close(cancelled()))
		require.Zero(t, time.Since(begin))
		require.Equal(t, []string{"10 03", "10 01"}, u.Heard())
		require.Equal(t, transport.Want{}, u.Requests()[1].Want, "the answer is not waited for")
	})
}

func TestCloseCancelledWhileItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := with(book{"10 01": nil}).Unit(address, 0)
		d := talk(u)
		requireDo(t, d, "10 03")
		ctx, cancel := context.WithTimeout(t.Context(), 50*ms)
		defer cancel()
		begin := time.Now()
		require.NoError(t, d.Close(ctx), "it was sent once more, without waiting")
		require.Equal(t, 50*ms, time.Since(begin))
		require.Equal(t, []string{"10 03", "10 01", "10 01"}, u.Heard())
	})
}

func TestCloseOnASlowLink(t *testing.T) {
	for name, c := range map[string]struct {
		takes time.Duration
		want  string
	}{
		"one tick before": {200*ms - tick, ""},
		"one tick after":  {200*ms + tick, "session 03 is left to the unit's own timer: 10 01 could not be sent within 200ms"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := with(nil).Unit(address, 0)
				d := talk(u)
				requireDo(t, d, "10 03")
				u.SendTime = c.takes
				begin := time.Now()
				err := d.Close(cancelled())
				require.LessOrEqual(t, time.Since(begin), 200*ms)
				if c.want == "" {
					require.NoError(t, err)
					return
				}
				require.EqualError(t, err, c.want)
				var left *exchange.OpenSessionError
				require.ErrorAs(t, err, &left)
				require.Equal(t, byte(3), left.Session)
			})
		})
	}
}

func TestCloseTellsWhatWentWrong(t *testing.T) {
	denied := errors.New("denied")
	for name, c := range map[string]struct {
		refuse error
		want   error
	}{
		"refused in every way": {nil, uds.ServiceNotSupported},
		"denied":               {denied, denied},
		"broken":               {&transport.OpError{Op: "send", Err: transport.ErrBusOff}, transport.ErrBusOff},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := with(book{"10 01": {"7F 10 22"}, "20": {"7F 20 11"}}).Unit(address, 0)
				d := talk(u)
				requireDo(t, d, "10 03")
				u.Refuse = func([]byte) error { return c.refuse }
				err := d.Close(t.Context())
				require.ErrorIs(t, err, c.want)
				var left *exchange.OpenSessionError
				require.ErrorAs(t, err, &left)
				require.Equal(t, byte(3), left.Session)
			})
		})
	}
}

func TestCloseWaitsForARequestUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := slow(time.Second)
		d := talk(u)
		requireDo(t, d, "10 03")
		done := make(chan error)
		go func() { done <- say("22 F1 90").do(t, d) }()
		synctest.Wait()
		begin := time.Now()
		closed := make(chan error)
		go func() { closed <- d.Close(t.Context()) }()
		require.NoError(t, <-done)
		require.NoError(t, <-closed)
		require.Equal(t, time.Second, time.Since(begin))
		require.Equal(t, []string{"10 03", "22 F1 90", "10 01"}, u.Heard())
	})
}

// The keep-alive, too, waits for the turn when Close comes.
func TestCloseBesideARequestThatGoesOn(t *testing.T) {
	for name, c := range map[string]struct {
		left time.Duration // of the request under way when Close comes
		ok   bool
	}{
		"it ends a tick before the farewell does": {200*ms - tick, true},
		"it ends a tick after":                    {200*ms + tick, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := slow(2500*ms + c.left)
				d := talk(u)
				requireDo(t, d, "10 03")
				done := make(chan error)
				go func() { done <- say("22 F1 90").do(t, d) }()
				time.Sleep(2500 * ms)
				begin := time.Now()
				err := d.Close(cancelled())
				if c.ok {
					require.NoError(t, err)
				} else {
					require.ErrorAs(t, err, new(*exchange.OpenSessionError))
				}
				require.Equal(t, min(c.left, 200*ms), time.Since(begin))
				require.NoError(t, <-done)
			})
		})
	}
}

// A session that is granted while Close waits for the turn is restored, and
// no keep-alive starts.
func TestCloseWhileASessionIsBeingOpened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := with(nil).Unit(address, 100*ms)
		d := talk(u)
		done := make(chan error)
		go func() { done <- say("10 03").do(t, d) }()
		synctest.Wait()
		closed := make(chan error)
		go func() { closed <- d.Close(t.Context()) }()
		require.NoError(t, <-done)
		require.NoError(t, <-closed)
		time.Sleep(10 * time.Second)
		require.Equal(t, []string{"10 03", "10 01"}, u.Heard())
	})
}

// Who waits for the turn when Close comes is sent away.
func TestCloseSendsWaitersAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := book{}.Unit(address, 0)
		d := talk(u)
		errs := make(chan error)
		for range 2 {
			go func() { errs <- say("22 F1 90").do(t, d) }()
		}
		synctest.Wait()
		go func() { errs <- d.Close(t.Context()) }()
		require.ErrorIs(t, <-errs, net.ErrClosed)
		require.ErrorAs(t, <-errs, new(*transport.TimeoutError))
		require.NoError(t, <-errs)
		require.Equal(t, []string{"22 F1 90"}, u.Heard())
	})
}
