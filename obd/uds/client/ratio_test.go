package client_test

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/vecu"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds/client"
)

// roundTrips sends n values to another goroutine and back.
func roundTrips(n int) {
	out, back := make(chan int), make(chan int)
	go func() {
		for v := range out {
			back <- v
		}
	}()
	for i := range n {
		out <- i
		<-back
	}
	close(out)
}

func BenchmarkChannelRoundTrip(b *testing.B) { roundTrips(b.N) }

// reader is a client of a simulated unit, through guard, link and a bus
// without bit timing.
func reader(tb testing.TB) *client.Client {
	tb.Helper()
	seg := vbus.New(vbus.Config{})
	a := transport.MustAddress("754/75C")
	answer := []byte{0x62, 0xF1, 0x86, 0x01}
	unit := vecu.Serve(seg.Attach("unit"), vecu.Config{Name: "unit", Address: a, Handler: vecu.HandlerFunc(func(*vecu.Request) vecu.Reply {
		return vecu.Reply{Data: answer}
	})})
	link := guard.New(isotp.NewLink(seg.Attach("tester")), guard.Policy{})
	conn, err := link.Dial(tb.Context(), a, guard.UDS, transport.Params{})
	require.NoError(tb, err)
	tb.Cleanup(func() {
		require.NoError(tb, link.Close())
		require.NoError(tb, unit.Close())
		require.NoError(tb, seg.Close())
	})
	return client.New(conn)
}

func BenchmarkReadSimulatedUnit(b *testing.B) {
	c := reader(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.ReadData(b.Context(), 0xF186); err != nil {
			b.Fatal(err)
		}
	}
}

// side runs two pieces of code by turns, many times, and gives the middle of
// each one's times: both meet the same company on the cores.
func side(a, b func()) (first, second time.Duration) {
	times := [2][]time.Duration{}
	for range 301 {
		for i, run := range []func(){a, b} {
			start := time.Now()
			run()
			times[i] = append(times[i], time.Since(start))
		}
	}
	slices.Sort(times[0])
	slices.Sort(times[1])
	return times[0][150], times[1][150]
}

// TestRatioReadToChannel: a read of a simulated unit, without bus timing,
// costs at most 15 bare channel round trips.
func TestRatioReadToChannel(t *testing.T) {
	if os.Getenv("UNTETHER_BENCH") == "" {
		t.Skip("a measurement: make bench runs it")
	}
	const n = 200
	c, ctx := reader(t), t.Context()
	a, b := side(func() { roundTrips(n) }, func() {
		for range n {
			if _, err := c.ReadData(ctx, 0xF186); err != nil {
				t.Fatal(err) // not require: its bookkeeping would be measured too
			}
		}
	})
	channel, read := a.Seconds()/n*1e9, b.Seconds()/n*1e9
	t.Logf("ratio: a read costs %.0f ns (%.0f a second), a channel round trip %.0f ns: %.1f x (limit 15)", read, 1e9/read, channel, read/channel)
	require.LessOrEqual(t, read/channel, 15.0)
}
