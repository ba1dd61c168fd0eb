package isotp

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

const tick = time.Nanosecond

// TestTimers holds each N_ timer one tick before and one tick after its limit.
func TestTimers(t *testing.T) {
	address := transport.MustAddress("754/75C")
	short := transport.Timers{As: 20 * time.Millisecond, Ar: 30 * time.Millisecond, Bs: 40 * time.Millisecond, Cr: 50 * time.Millisecond}
	var f can.Frame
	for _, c := range []struct {
		timer    string
		standard time.Duration
		short    time.Duration
		prepare  func(t *testing.T, p transport.Params) *Machine
		finish   func(t *testing.T, m *Machine, now time.Time) // what the timer waits for
		sending  bool
	}{
		{"N_As", time.Second, short.As, func(t *testing.T, p transport.Params) *Machine {
			t.Helper()
			m := NewMachine(Config{Address: address, Params: p})
			require.NoError(t, m.Send(epoch, count(3)))
			require.True(t, m.NextFrame(epoch, &f))
			return m
		}, func(_ *testing.T, m *Machine, now time.Time) { m.Transmitted(now, true) }, true},
		{"N_Ar", time.Second, short.Ar, func(t *testing.T, p transport.Params) *Machine {
			t.Helper()
			m := NewMachine(Config{Address: address, Params: p})
			require.NoError(t, m.Handle(epoch, frame(t, "75C#1014000102030405")))
			require.True(t, m.NextFrame(epoch, &f))
			return m
		}, func(_ *testing.T, m *Machine, now time.Time) { m.Transmitted(now, true) }, false},
		{"N_Bs", time.Second, short.Bs, func(t *testing.T, p transport.Params) *Machine {
			t.Helper()
			m := NewMachine(Config{Address: address, Params: p})
			require.NoError(t, m.Send(epoch, count(30)))
			require.True(t, m.NextFrame(epoch, &f))
			m.Transmitted(epoch, true)
			return m
		}, func(t *testing.T, m *Machine, now time.Time) {
			t.Helper()
			require.NoError(t, m.Handle(now, frame(t, "75C#300000")))
		}, true},
		{"N_Cr", time.Second, short.Cr, receiving, func(t *testing.T, m *Machine, now time.Time) {
			t.Helper()
			require.NoError(t, m.Handle(now, frame(t, "75C#21060708090A0B0C")))
		}, false},
	} {
		for name, v := range map[string]struct {
			p     transport.Params
			limit time.Duration
		}{"standard": {transport.Params{}, c.standard}, "set": {transport.Params{Timers: short}, c.short}} {
			t.Run(c.timer+" "+name, func(t *testing.T) {
				m := c.prepare(t, v.p)
				drain(m)
				before := epoch.Add(v.limit - tick)
				m.Expire(before)
				_, told := m.Event()
				require.False(t, told, "one tick before the limit")
				c.finish(t, m, before)
				require.False(t, failed(m), "in time")

				m = c.prepare(t, v.p)
				drain(m)
				require.Equal(t, epoch.Add(v.limit), m.Deadline())
				m.Expire(epoch.Add(v.limit + tick))
				e, _ := m.Event()
				require.Equal(t, Failed, e.Kind, "one tick after the limit")
				require.Equal(t, c.sending, e.Sending)
				var late *transport.TimeoutError
				require.ErrorAs(t, e.Err, &late)
				require.Equal(t, c.timer, late.Timer)
				require.Equal(t, v.limit, late.After)
				require.ErrorIs(t, e.Err, os.ErrDeadlineExceeded)
				require.True(t, m.Deadline().IsZero(), "at rest again")
			})
		}
	}
}

func drain(m *Machine) {
	for _, ok := m.Event(); ok; _, ok = m.Event() {
		continue
	}
}

func failed(m *Machine) bool {
	for e, ok := m.Event(); ok; e, ok = m.Event() {
		if e.Kind == Failed {
			return true
		}
	}
	return false
}

// TestOwnDelays: N_Br before flow control, N_Cs before a consecutive frame.
func TestOwnDelays(t *testing.T) {
	p := transport.Params{Timers: transport.Timers{Br: 5 * time.Millisecond, Cs: 7 * time.Millisecond}}
	t.Run("N_Br", func(t *testing.T) {
		m := NewMachine(Config{Address: transport.MustAddress("754/75C"), Params: p})
		require.NoError(t, m.Handle(epoch, frame(t, "75C#1014000102030405")))
		var f can.Frame
		require.Equal(t, epoch.Add(5*time.Millisecond), m.Deadline())
		require.False(t, m.NextFrame(epoch.Add(5*time.Millisecond-tick), &f))
		require.True(t, m.NextFrame(epoch.Add(5*time.Millisecond+tick), &f))
	})
	t.Run("N_Cs", func(t *testing.T) {
		m := NewMachine(Config{Address: transport.MustAddress("754/75C"), Params: p})
		var f can.Frame
		require.NoError(t, m.Send(epoch, count(30)))
		require.True(t, m.NextFrame(epoch, &f))
		m.Transmitted(epoch, true)
		require.NoError(t, m.Handle(epoch, frame(t, "75C#300000")))
		require.False(t, m.NextFrame(epoch.Add(7*time.Millisecond-tick), &f))
		require.True(t, m.NextFrame(epoch.Add(7*time.Millisecond+tick), &f))
	})
}

// TestSTminTick: a consecutive frame waits out the peer's STmin and no more.
func TestSTminTick(t *testing.T) {
	m := awaiting(t)
	var f can.Frame
	require.NoError(t, m.Handle(epoch, frame(t, "75C#300014")))
	require.True(t, m.NextFrame(epoch, &f), "the first one need not wait")
	m.Transmitted(epoch, true)
	require.False(t, m.NextFrame(epoch.Add(20*time.Millisecond-tick), &f))
	require.True(t, m.NextFrame(epoch.Add(20*time.Millisecond+tick), &f))
}

// TestWaitRestartsNBs: each wait frame gives the peer another N_Bs.
func TestWaitRestartsNBs(t *testing.T) {
	m := awaiting(t)
	at := epoch.Add(time.Second - tick)
	require.NoError(t, m.Handle(at, frame(t, "75C#310000")))
	m.Expire(at.Add(time.Second - tick))
	require.False(t, failed(m))
	m.Expire(at.Add(time.Second + tick))
	require.True(t, failed(m))
}

// TestFailedTransmission: the bus says that the frame did not go out.
func TestFailedTransmission(t *testing.T) {
	m := NewMachine(Config{Address: transport.MustAddress("754/75C")})
	var f can.Frame
	require.NoError(t, m.Send(epoch, count(3)))
	require.True(t, m.NextFrame(epoch, &f))
	m.Transmitted(epoch, false)
	e, _ := m.Event()
	require.True(t, e.Kind == Failed && e.Sending && e.Whole)

	require.NoError(t, m.Handle(epoch, frame(t, "75C#1014000102030405")))
	require.True(t, m.NextFrame(epoch, &f))
	m.Transmitted(epoch, false)
	require.True(t, failed(m))
	m.Transmitted(epoch, true)
	require.False(t, failed(m), "a late confirmation is nobody's")
}
