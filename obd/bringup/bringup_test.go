package bringup

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
)

// socket is a car's OBD socket: a new node for each OpenBus.
type socket struct {
	seg     *vbus.Segment
	options []vbus.Option
	opened  []adapter.BusConfig
}

func (s *socket) Info() adapter.Info { return adapter.Info{Kind: adapter.KindCAN} }
func (s *socket) Close() error       { return s.seg.Close() }

func (s *socket) OpenBus(_ context.Context, c adapter.BusConfig) (can.Bus, error) {
	s.opened = append(s.opened, c)
	o := append([]vbus.Option{vbus.Bitrate(c.Bitrate)}, s.options...)
	if c.ListenOnly {
		o = append(o, vbus.ListenOnly())
	}
	return s.seg.Attach("tester", o...), nil
}

// car is a segment whose frames are counted by sender.
func car(t *testing.T, bitrate int) (*socket, map[string]int) {
	t.Helper()
	sent := map[string]int{}
	seg := vbus.New(vbus.Config{Bitrate: bitrate, Log: func(e vbus.Event) { sent[e.From]++ }})
	s := &socket{seg: seg}
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s, sent
}

// talk sends a frame every 10 ms until the test ends.
func talk(t *testing.T, b can.Bus, f can.Frame) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for b.Send(ctx, f) == nil {
			select {
			case <-time.After(10 * time.Millisecond):
			case <-ctx.Done():
				return
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
}

func TestTrafficTellsTheBitRate(t *testing.T) {
	for _, rate := range []int{500_000, 250_000} {
		synctest.Test(t, func(t *testing.T) {
			s, sent := car(t, rate)
			s.seg.Attach("listener")
			talk(t, s.seg.Attach("unit"), can.NewFrame(0x123, 1, 2, 3))
			began := time.Now()
			c, err := Up(t.Context(), s)
			require.NoError(t, err)
			require.Equal(t, rate, c.Bitrate)
			require.False(t, c.Quiet)
			require.False(t, c.Woken)
			require.Zero(t, sent["tester"], "nothing was sent")
			require.True(t, c.InUse(transport.MustAddress("123/456")))
			require.True(t, c.InUse(transport.MustAddress("456/123")))
			require.False(t, c.InUse(transport.MustAddress("754/75C")))
			require.Equal(t, time.Duration(500_000/rate)*Listen, time.Since(began))
			f := can.NewFrame(0x123, 1, 2, 3)
			require.InDelta(t, can.FrameBits(&f).Duration(rate, 0).Seconds()/0.010, c.Load, 0.001)
			require.NoError(t, c.Link.Close())
		})
	}
}

func TestErrorsAtEveryRate(t *testing.T) {
	for name, c := range map[string]struct {
		rate    int
		frame   can.Frame
		options []vbus.Option
		fd      bool
	}{
		"another bit rate":               {125_000, can.NewFrame(0x123, 1), nil, false},
		"CAN FD and a classic adapter":   {500_000, can.Frame{ID: 0x123, Flags: can.FD, Len: 12}, []vbus.Option{vbus.ClassicOnly()}, false},
		"CAN FD and an adapter that can": {500_000, can.Frame{ID: 0x123, Flags: can.FD, Len: 12}, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, sent := car(t, c.rate)
				s.options = c.options
				s.seg.Attach("listener")
				talk(t, s.seg.Attach("unit"), c.frame)
				_, err := Up(t.Context(), s)
				var bad *BusErrorsError
				require.ErrorAs(t, err, &bad)
				require.Equal(t, c.fd, bad.FD)
				require.Zero(t, sent["tester"], "never active")
			})
		})
	}
}

// TestQuietGateway: silence is normal; an acknowledge is enough.
func TestQuietGateway(t *testing.T) {
	for _, rate := range []int{500_000, 250_000} {
		synctest.Test(t, func(t *testing.T) {
			s, sent := car(t, rate)
			s.seg.Attach("gateway")
			c, err := Up(t.Context(), s)
			require.NoError(t, err)
			require.Equal(t, rate, c.Bitrate)
			require.True(t, c.Quiet)
			require.NoError(t, c.Link.Close())
			require.Zero(t, c.Load)
			require.Equal(t, adapter.Health{}, c.Health())
			if rate == 500_000 {
				require.Equal(t, 1, sent["tester"], "one question")
				require.False(t, c.Woken)
			}
		})
	}
}

// TestTheAnswerToTheQuestion has come and gone when the bus is handed over: it
// must not be taken for an answer to what is asked next.
func TestTheAnswerToTheQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := car(t, 500_000)
		unit := s.seg.Attach("unit")
		done := make(chan struct{})
		go func() {
			defer close(done)
			if _, err := unit.Recv(context.Background()); err == nil {
				time.Sleep(49 * time.Millisecond)
				_ = unit.Send(context.Background(), can.NewFrame(0x7E8, 0x06, 0x41, 0x00, 0x80, 0x18, 0x00, 0x01, 0x00))
			}
		}()
		c, err := Up(t.Context(), s)
		require.NoError(t, err)
		<-done
		conn, err := c.Link.Dial(t.Context(), obd, guard.J1979, transport.Params{})
		require.NoError(t, err)
		require.NoError(t, conn.Send(t.Context(), []byte{0x09, 0x02}, transport.Want{Answers: -1}))
		_, err = conn.Recv(t.Context(), time.Second)
		var late *transport.TimeoutError
		require.ErrorAs(t, err, &late)
		require.NoError(t, c.Link.Close())
	})
}

func TestSleepingCar(t *testing.T) {
	for _, takes := range []time.Duration{50 * time.Millisecond, time.Second} {
		synctest.Test(t, func(t *testing.T) {
			s, _ := car(t, 500_000)
			var unit *vbus.Node
			unit = s.seg.Attach("unit", vbus.OnWake(func() { time.AfterFunc(takes, func() { unit.Wake() }) }))
			unit.Sleep()
			began := time.Now()
			c, err := Up(t.Context(), s)
			require.NoError(t, err)
			require.True(t, c.Woken)
			require.Equal(t, 500_000, c.Bitrate)
			require.Greater(t, time.Since(began), 2*Listen+takes+wakeRest, "its units had time to start")
			require.NoError(t, c.Link.Close())
		})
	}
}

func TestNobodyThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := car(t, 500_000)
		began := time.Now()
		_, err := Up(t.Context(), s)
		var none *NoCarError
		require.ErrorAs(t, err, &none)
		want := 2*Listen + wakeFor + wakeRest + 2*ackLimit
		require.Equal(t, want, time.Since(began).Round(time.Millisecond))
	})
}

func TestCancelled(t *testing.T) {
	for _, after := range []time.Duration{100 * time.Millisecond, time.Second, 2800 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			s, _ := car(t, 500_000)
			ctx, cancel := context.WithTimeout(t.Context(), after)
			defer cancel()
			_, err := Up(ctx, s)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.NotErrorIs(t, err, transport.ErrNoAck)
		})
	}
}
