package inspect_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/profiles"
)

// wire is how long the frames of one message take on an otherwise idle bus,
// flow control and STmin included.
func wire(bitrate int, from, to isotp.Config, msg []byte) time.Duration {
	a, b := isotp.NewMachine(from), isotp.NewMachine(to)
	start := time.Now()
	now := start
	_ = a.Send(now, msg)
	for {
		moved := false
		for _, side := range [][2]*isotp.Machine{{a, b}, {b, a}} {
			var f can.Frame
			for side[0].NextFrame(now, &f) {
				moved = true
				now = now.Add(vbus.FrameDuration(&f, bitrate, bitrate))
				side[0].Transmitted(now, true)
				_ = side[1].Handle(now, &f)
			}
		}
		if !moved {
			if at := a.Deadline(); at.After(now) {
				now = at // STmin
				continue
			}
			return now.Sub(start)
		}
	}
}

// exchangeTime is the least time that a request to a unit can take: bits of
// the request, the scenario's latency, bits of the answer and of the 78 before.
func exchangeTime(s *car.Scenario, u *car.Unit, request []byte) time.Duration {
	tester := isotp.Config{Address: u.Address}
	unit := isotp.Config{Address: u.Address.Reversed(), Params: u.Params()}
	want := u.Expect(request)
	took := wire(s.Bitrate, tester, unit, request) + want.Latency
	for range want.Pendings {
		took += wire(s.Bitrate, unit, tester, []byte{0x7F, request[0], 0x78})
	}
	return took + wire(s.Bitrate, unit, tester, want.Response)
}

// bound is computed from scenario and profile alone.
func bound(t *testing.T, s *car.Scenario, p *profiles.Profile) time.Duration {
	t.Helper()
	var vin time.Duration
	var slowest time.Duration
	for i := range s.Units {
		u := &s.Units[i]
		if u.Address == transport.MustAddress("7E0/7E8") {
			vin = exchangeTime(s, u, []byte{0x09, 0x02})
		}
		for _, known := range p.Units {
			if known.Address != u.Address {
				continue
			}
			var sum time.Duration
			for _, r := range known.Reads {
				sum += exchangeTime(s, u, r.Request)
			}
			slowest = max(slowest, sum)
		}
	}
	require.NotZero(t, vin)
	require.NotZero(t, slowest)
	t.Logf("listening %v, VIN %v, slowest unit %v, silent candidates %v", bringup.Listen, vin, slowest, exchange.DefaultP2)
	return bringup.Listen + vin + slowest + exchange.DefaultP2
}

// TestBound: an inspection at 500 kbit/s takes at most 1.25 x what the slowest
// unit needs alone.
func TestBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := load(t, "bmw-5-2017")
		o := options(t)
		p, ok := o.Profiles.ByID("bmw-atm")
		require.True(t, ok)
		least := bound(t, s, p)
		began := time.Now()
		_, err := drive(t, s, o)
		require.NoError(t, err)
		took := time.Since(began)
		ratio := took.Seconds() / least.Seconds()
		t.Logf("ratio: bmw-5-2017 inspected in %v, bound %v: %.3f x (limit 1.25)", took, least, ratio)
		require.LessOrEqual(t, ratio, 1.25)
	})
}
