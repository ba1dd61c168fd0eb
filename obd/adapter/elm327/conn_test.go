package elm327_test

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/obd/adapter/elm327"
	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/transport"
)

// everyDongle runs a case on a bus with each kind of dongle, in virtual time.
func everyDongle(t *testing.T, run func(t *testing.T, b *bench, s *vbus.Segment)) {
	t.Helper()
	for _, name := range velm.Names() {
		t.Run(name, func(t *testing.T) { onBus(t, name, run) })
	}
}

// TestPending: after a 78 the answer is waited for, short or long, soon or
// late, and never asked for again.
func TestPending(t *testing.T) {
	everyDongle(t, func(t *testing.T, b *bench, s *vbus.Segment) {
		t.Helper()
		var requests atomic.Int32
		later := answerer(t, s, "754/75C")
		rows := []struct {
			after  time.Duration
			answer []byte
		}{
			{100 * time.Millisecond, []byte{0x62, 0xF1, 0x90, 1}},
			{1500 * time.Millisecond, []byte("\x62\xF1\x90WBAUN7C07HG104217")},
			{4500 * time.Millisecond, []byte("\x62\xF1\x90WBAUN7C07HG104217")},
		}
		serve(t, s, transport.MustAddress("754/75C"), transport.Address{}, func([]byte) [][]byte {
			row := rows[requests.Add(1)-1]
			time.Sleep(30 * time.Millisecond)
			time.AfterFunc(row.after, func() { later(row.answer) })
			return [][]byte{{0x7F, 0x22, 0x78}}
		})
		conn := dial(t, b.join(), "754/75C")
		for i, row := range rows {
			res, err := exchange.Do(t.Context(), conn, []byte{0x22, 0xF1, 0x90}, exchange.Terms{Echo: 2})
			require.NoError(t, err, "answer after %v", row.after)
			require.Equal(t, row.answer, res.Message.Data)
			require.Equal(t, 1, res.Pending)
			require.EqualValues(t, i+1, requests.Load())
		}
	})
}

// TestLatency: an exchange is timed by the unit's answer, whatever the dongle
// adds, and an answer that comes later than usual is taken too.
func TestLatency(t *testing.T) {
	everyDongle(t, func(t *testing.T, b *bench, s *vbus.Segment) {
		t.Helper()
		latency := 10 * time.Millisecond
		serve(t, s, transport.MustAddress("754/75C"), transport.Address{}, func(r []byte) [][]byte {
			time.Sleep(latency)
			return [][]byte{append([]byte{r[0] + 0x40}, r[1:]...)}
		})
		conn := dial(t, b.join(), "754/75C")
		for i := range 10 {
			if i == 9 {
				latency = 190 * time.Millisecond
			}
			res, err := exchange.Do(t.Context(), conn, []byte{0x22, 0xF1, byte(0x80 + i)}, exchange.Terms{Echo: 2})
			require.NoError(t, err)
			require.GreaterOrEqual(t, res.Latency, latency)
			require.Less(t, res.Latency, latency+40*time.Millisecond)
		}
	})
}

// TestNobodyThere: a frame that nobody acknowledges, or that nobody answers.
func TestNobodyThere(t *testing.T) {
	for _, name := range velm.Names() {
		t.Run(name, func(t *testing.T) {
			synctestBus(t, name, func(t *testing.T, b *bench, s *vbus.Segment) {
				t.Helper()
				conn := dial(t, b.join(), "754/75C")
				res, err := exchange.Do(t.Context(), conn, []byte{0x3E, 0}, exchange.Terms{})
				require.ErrorIs(t, err, transport.ErrNoAck)
				require.Equal(t, transport.SentUnknown, res.Sent)
				s.Attach("gateway") // acknowledges
				_, err = exchange.Do(t.Context(), conn, []byte{0x3E, 0}, exchange.Terms{})
				require.ErrorIs(t, err, os.ErrDeadlineExceeded)
			})
		})
	}
}

// TestLongRequests go out with the unit's own flow control.
func TestLongRequests(t *testing.T) {
	everyDongle(t, func(t *testing.T, b *bench, s *vbus.Segment) {
		t.Helper()
		for _, row := range []struct {
			address string
			params  transport.Params
		}{
			{"754/75C", transport.Params{BS: 3, STmin: 5 * time.Millisecond}},
			{"750:C7/758:C7", transport.Params{BS: 1}},
			{"18DA42F1/18DAF142", transport.Params{STmin: 20 * time.Millisecond}},
			{"7E0/7E8", transport.Params{BS: 8}},
		} {
			serveWith(t, s, row.address, row.params, func(r []byte) [][]byte { return [][]byte{r} })
		}
		link := b.join()
		for _, a := range []string{"754/75C", "750:C7/758:C7", "18DA42F1/18DAF142", "7E0/7E8", "754/75C"} {
			request := make([]byte, 100)
			for i := range request {
				request[i] = byte(i)
			}
			conn := dial(t, link, a)
			require.Equal(t, request, ask(t, conn, request...).Data, a)
			require.NoError(t, conn.Close())
		}
	})
}

// TestAskedGap: what a profile asks of a unit is asked of it.
func TestAskedGap(t *testing.T) {
	for _, name := range []string{"elm-2.2", "stn1110"} {
		t.Run(name, func(t *testing.T) {
			onBus(t, name, func(t *testing.T, b *bench, s *vbus.Segment) {
				t.Helper()
				serve(t, s, transport.MustAddress("754/75C"), transport.Address{}, func([]byte) [][]byte { return [][]byte{make([]byte, 62)} })
				conn, err := b.join().Dial(t.Context(), transport.MustAddress("754/75C"), transport.Params{STmin: 50 * time.Millisecond, BS: 2})
				require.NoError(t, err)
				m := ask(t, conn, 0x22, 0xF1, 0x90)
				require.Len(t, m.Data, 62)
				require.Greater(t, m.Last.Sub(m.First), 200*time.Millisecond)
			})
		})
	}
}

// TestCancel: whoever gives up frees the wire soon.
func TestCancel(t *testing.T) {
	for _, name := range velm.Names() {
		t.Run(name, func(t *testing.T) { synctestBus(t, name, cancelled) })
	}
}

func cancelled(t *testing.T, b *bench, s *vbus.Segment) {
	t.Helper()
	serve(t, s, transport.MustAddress("754/75C"), transport.Address{}, func([]byte) [][]byte { return [][]byte{{0x7F, 0x22, 0x78}} })
	serve(t, s, transport.MustAddress("7E0/7E8"), transport.Address{}, func(r []byte) [][]byte { return [][]byte{r} })
	link := b.join()
	slow, quick := dial(t, link, "754/75C"), dial(t, link, "7E0/7E8")
	ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
	defer cancel()
	_, err := exchange.Do(ctx, slow, []byte{0x22, 0xF1, 0x90}, exchange.Terms{})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	began := time.Now()
	require.Equal(t, []byte{0x3E, 0}, ask(t, quick, 0x3E, 0).Data)
	require.Less(t, time.Since(began), 1500*time.Millisecond)

	began = time.Now()
	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	err = slow.Send(ctx, []byte{0x22, 0xF1, 0x90}, transport.Want{Answers: 1})
	require.ErrorIs(t, err, context.Canceled)
	var op *transport.OpError
	require.ErrorAs(t, err, &op)
	require.Equal(t, transport.SentNo, op.Sent)
	require.NoError(t, link.Close())
	require.Less(t, time.Since(began), 1500*time.Millisecond)
}

// TestOtherConversationsWait for the wire, and do not lose it to a 78.
func TestSideBySide(t *testing.T) {
	everyDongle(t, func(t *testing.T, b *bench, s *vbus.Segment) {
		t.Helper()
		addresses := []string{"754/75C", "7E0/7E8", "6F1:61/661:F1", "18DA42F1/18DAF142"}
		link := b.join()
		done := make(chan error)
		for _, a := range addresses {
			serve(t, s, transport.MustAddress(a), transport.Address{}, func(r []byte) [][]byte {
				return [][]byte{append([]byte{r[0] + 0x40}, (string(r[1:]) + " at " + a)...)}
			})
			conn := dial(t, link, a)
			go func() {
				var err error
				for i := range 5 {
					var res exchange.Result
					res, err = exchange.Do(t.Context(), conn, []byte{0x22, 1, byte(i)}, exchange.Terms{Echo: 2})
					if err != nil || string(res.Message.Data[3:]) != " at "+a {
						break
					}
				}
				done <- err
			}()
		}
		for range addresses {
			require.NoError(t, <-done)
		}
	})
}

// TestOverruns: where an emission unit says more than the chip can keep, since
// the chip lets it send as fast as it likes, that is told, and the next answer
// comes whole.
func TestOverruns(t *testing.T) {
	everyDongle(t, func(t *testing.T, b *bench, s *vbus.Segment) {
		t.Helper()
		whole := make([]byte, 1000)
		whole[0] = 0x62
		serve(t, s, transport.MustAddress("7E0/7E8"), transport.Address{}, func([]byte) [][]byte { return [][]byte{whole} })
		conn := dial(t, b.join(), "7E0/7E8")
		for range 2 {
			res, err := exchange.Do(t.Context(), conn, []byte{0x22, 0xF1, 0x90}, exchange.Terms{})
			if err == nil {
				require.Equal(t, whole, res.Message.Data)
				continue
			}
			requireSpoiled(t, err)
		}
		res, err := exchange.Do(t.Context(), conn, []byte{0x22, 0xF1, 0x90}, exchange.Terms{})
		require.NoError(t, err)
		require.Equal(t, whole, res.Message.Data)
	})
}

// requireSpoiled demands an error that says that there was an answer.
func requireSpoiled(t *testing.T, err error) {
	t.Helper()
	var late *transport.TimeoutError
	if errors.As(err, &late) {
		require.Equal(t, "N_Cr", late.Timer)
		return
	}
	require.ErrorIs(t, err, transport.ErrOverrun)
}

// TestLeavingTheQueue: whoever waits to listen on, behind somebody who has the
// wire, may give up meanwhile, and touches nothing that is the other's then.
func TestLeavingTheQueue(t *testing.T) {
	onBus(t, "elm-2.2", func(t *testing.T, b *bench, s *vbus.Segment) {
		t.Helper()
		serve(t, s, transport.MustAddress("754/75C"), transport.Address{}, func(r []byte) [][]byte {
			time.Sleep(150 * time.Millisecond)
			return [][]byte{append([]byte{r[0] + 0x40}, r[1:]...)}
		})
		link := b.join()
		silent, busy := dial(t, link, "714/77E"), dial(t, link, "754/75C")
		want := transport.Want{Answers: 1, Within: 50 * time.Millisecond}
		require.NoError(t, silent.Send(t.Context(), []byte{0x22, 0xF1, 0x90}, want))
		_, err := silent.Recv(t.Context(), 50*time.Millisecond)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		ask(t, busy, 0x22, 0xF1, 0x90)
		time.Sleep(time.Second)
		synctest.Wait()
		require.False(t, elm327.Unheard(link))

		require.NoError(t, busy.Send(t.Context(), []byte{0x22, 0xF1, 0x90}, transport.Want{Answers: 1}))
		impatient, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		_, err = silent.Recv(impatient, time.Second)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		synctest.Wait()
		require.False(t, elm327.Unheard(link))
		_, err = busy.Recv(t.Context(), time.Second)
		require.NoError(t, err)
	})
}
