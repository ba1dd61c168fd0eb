package client_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/exchange/exchangetest"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds"
	"github.com/untether-obd/untether/obd/uds/client"
)

func cancelled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := kept()
		c := client.New(u)
		require.NoError(t, c.Session(t.Context(), 3))
		require.NoError(t, c.Close(t.Context()))
		require.NoError(t, c.Close(t.Context()), "twice")
		time.Sleep(10 * time.Second)
		require.Equal(t, []string{"10 03", "10 01"}, received(u))
		require.Equal(t, 1, u.Requests()[1].Want.Answers)
		_, err := c.ReadData(t.Context(), 0xF186)
		require.ErrorIs(t, err, net.ErrClosed)
	})
}

func TestCloseWithoutASession(t *testing.T) {
	for name, prepare := range map[string]func(*testing.T, *client.Client){
		"nothing asked":   func(*testing.T, *client.Client) {},
		"session refused": func(t *testing.T, c *client.Client) { t.Helper(); require.Error(t, c.Session(t.Context(), 0x40)) },
		"session left": func(t *testing.T, c *client.Client) {
			t.Helper()
			require.NoError(t, c.Session(t.Context(), 3))
			require.NoError(t, c.Session(t.Context(), 1))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := book{answers: map[string]string{"10 40": "7F 10 12", "10 03": "50 03", "10 01": "50 01"}}.unit()
				c := client.New(u)
				prepare(t, c)
				before := len(u.Requests())
				require.NoError(t, c.Close(cancelled()))
				require.Len(t, u.Requests(), before)
			})
		})
	}
}

func TestCloseAfterADeniedSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := kept()
		u.Refuse = func([]byte) error { return errors.New("denied") }
		c := client.New(u)
		require.Error(t, c.Session(t.Context(), 3))
		u.Refuse = nil
		require.NoError(t, c.Close(t.Context()))
		require.Empty(t, u.Requests())
	})
}

// Whether the unit has granted the session is not known: it is restored.
func TestCloseAfterADoubtfulSession(t *testing.T) {
	for name, prepare := range map[string]func(*client.Client){
		"no answer": func(c *client.Client) { _ = c.Session(context.Background(), 3) },
		"cancelled meanwhile": func(c *client.Client) {
			ctx, cancel := context.WithTimeout(context.Background(), 10*ms)
			defer cancel()
			_ = c.Session(ctx, 3)
		},
		"then another refused": func(c *client.Client) {
			_ = c.Session(context.Background(), 3)
			_ = c.Session(context.Background(), 0x40)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := book{answers: map[string]string{"10 40": "7F 10 12", "10 01": "50 01"}}.unit()
				c := client.New(u)
				prepare(c)
				require.NoError(t, c.Close(t.Context()))
				require.Contains(t, received(u), "10 01")
			})
		})
	}
}

func TestCloseWithACancelledContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := kept()
		c := client.New(u)
		require.NoError(t, c.Session(t.Context(), 3))
		begin := time.Now()
		require.NoError(t, c.Close(cancelled()))
		require.Zero(t, time.Since(begin))
		require.Equal(t, []string{"10 03", "10 01"}, received(u))
		require.Zero(t, u.Requests()[1].Want.Answers, "the answer is not waited for")
	})
}

func TestCloseCancelledWhileItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := book{answers: map[string]string{"10 03": "50 03 03 E8 01 F4"}}.unit()
		c := client.New(u)
		require.NoError(t, c.Session(t.Context(), 3))
		ctx, cancel := context.WithTimeout(t.Context(), 50*ms)
		defer cancel()
		begin := time.Now()
		require.NoError(t, c.Close(ctx))
		require.Equal(t, 50*ms, time.Since(begin))
		require.Equal(t, []string{"10 03", "10 01", "10 01"}, received(u))
	})
}

func TestCloseOnASlowLink(t *testing.T) {
	for name, c := range map[string]struct {
		takes time.Duration
		want  string
	}{
		"one tick before": {200*ms - tick, ""},
		"one tick after":  {200*ms + tick, "session 03 is left to the unit's S3 timer: 10 01 could not be sent within 200ms"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := kept()
				conn := client.New(u)
				require.NoError(t, conn.Session(t.Context(), 3))
				u.SendTime = c.takes
				begin := time.Now()
				err := conn.Close(cancelled())
				require.LessOrEqual(t, time.Since(begin), 200*ms)
				if c.want == "" {
					require.NoError(t, err)
					return
				}
				require.EqualError(t, err, c.want)
				var left *client.OpenSessionError
				require.ErrorAs(t, err, &left)
				require.Equal(t, byte(3), left.Session)
			})
		})
	}
}

func TestCloseTellsWhatWentWrong(t *testing.T) {
	denied := errors.New("denied")
	for name, c := range map[string]struct {
		answer string
		refuse error
		want   error
	}{
		"refused": {"7F 10 22", nil, uds.ConditionsNotCorrect},
		"denied":  {"", denied, denied},
		"broken":  {"", &transport.OpError{Op: "send", Err: transport.ErrBusOff}, transport.ErrBusOff},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := book{answers: map[string]string{"10 03": "50 03", "10 01": c.answer}}.unit()
				conn := client.New(u)
				require.NoError(t, conn.Session(t.Context(), 3))
				u.Refuse = func([]byte) error { return c.refuse }
				err := conn.Close(t.Context())
				require.ErrorIs(t, err, c.want)
				require.ErrorAs(t, err, new(*client.OpenSessionError))
			})
		})
	}
}

func TestCloseWaitsForARequestUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := slow("50 03", time.Second, true)
		c := client.New(u)
		require.NoError(t, c.Session(t.Context(), 3))
		done := make(chan error)
		go func() {
			_, err := c.ReadData(t.Context(), 0xF186)
			done <- err
		}()
		synctest.Wait()
		begin := time.Now()
		closed := make(chan error)
		go func() { closed <- c.Close(t.Context()) }()
		require.NoError(t, <-done)
		require.ErrorContains(t, <-closed, "50 03", "the unit answers 10 01 wrongly")
		require.Equal(t, 1001*ms+250*ms, time.Since(begin))
		require.Equal(t, []string{"10 03", "22 F1 86", "10 01"}, received(u))
	})
}

// The other request does not end: Close does.
func TestCloseBesideARequestThatGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := slow("50 03", 3*time.Second, true)
		c := client.New(u)
		require.NoError(t, c.Session(t.Context(), 3))
		done := make(chan error)
		go func() {
			_, err := c.ReadData(t.Context(), 0xF186)
			done <- err
		}()
		time.Sleep(2500 * ms) // the keep-alive, too, waits for its turn
		begin := time.Now()
		require.ErrorAs(t, c.Close(cancelled()), new(*client.OpenSessionError))
		require.Equal(t, 200*ms, time.Since(begin))
		require.NoError(t, <-done)
	})
}

// A session that is granted while Close waits for the turn is restored, and
// no keep-alive starts.
func TestCloseWhileASessionIsBeingOpened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := book{delay: 100 * ms, answers: map[string]string{"10 03": "50 03", "10 01": "50 01"}}.unit()
		c := client.New(u)
		done := make(chan error)
		go func() { done <- c.Session(t.Context(), 3) }()
		synctest.Wait()
		closed := make(chan error)
		go func() { closed <- c.Close(t.Context()) }()
		require.NoError(t, <-done)
		require.NoError(t, <-closed)
		time.Sleep(10 * time.Second)
		require.Equal(t, []string{"10 03", "10 01"}, received(u))
	})
}

// Who waits for the turn when Close comes is sent away.
func TestCloseSendsWaitersAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client.New(exchangetest.New(address, func(int, []byte) []reply { return nil }))
		errs := make(chan error)
		for range 2 {
			go func() { errs <- c.TesterPresent(t.Context()) }()
		}
		synctest.Wait()
		go func() { errs <- c.Close(t.Context()) }()
		require.ErrorIs(t, <-errs, net.ErrClosed)
		require.ErrorAs(t, <-errs, new(*transport.TimeoutError))
		require.NoError(t, <-errs)
	})
}
