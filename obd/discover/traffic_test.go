package discover_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/discover"
	"github.com/untether-obd/untether/obd/guard"
)

// talk sends a frame again and again from a time on.
func (r *rig) talk(after, every time.Duration, frame string) {
	r.Helper()
	f, err := can.ParseFrame(frame)
	require.NoError(r, err)
	n := r.seg.Attach("talker " + frame)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for wait := after; ; wait = every {
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return
			}
			if n.Send(ctx, f) != nil {
				return
			}
		}
	}()
	r.Cleanup(func() {
		cancel()
		<-done
	})
}

// The listening second begins when the car is up: bring-up hears 300 ms.
const begins = bringup.Listen + time.Second

// Frames that look like answers, on identifiers on which answers would come.
func TestBackgroundIsNoAnswer(t *testing.T) {
	for _, row := range []struct {
		rule         string
		after, every time.Duration
	}{
		{"cyclic", 0, 10 * ms},
		{"once in the listening second", 0, 900 * ms},
		{"from the first probe on", begins + ms, 10 * ms},
		{"from the middle on", begins + 400*ms, 20 * ms},
		{"seldom, from the middle on", begins + 400*ms, 270 * ms},
		{"while hits are confirmed", begins + 1150*ms, 15 * ms},
		{"seldom, while hits are confirmed", begins + 1150*ms, 200 * ms},
		{"as seldom as an answer may come", begins + 1150*ms, 249 * ms},
		{"hardly ever", begins + 1150*ms, 600 * ms},
	} {
		t.Run(row.rule, func(t *testing.T) {
			for _, frame := range []string{"728#027E00CCCCCCCCCC", "18DAF1C6#027E00", "661#F1037F3E12CCCCCC", "7BB#037F3E78", "644#017E"} {
				synctest.Test(t, func(t *testing.T) {
					r := newRig(t, at500k)
					r.load(0.2, unhex("0000"), 0x120, 0x3B4)
					r.talk(row.after, row.every, frame)
					r.add(unit{address: "754/75C", latency: 5 * ms}, unit{address: "18DA10F1/18DAF110", latency: 5 * ms})
					got := r.scan(discover.Options{Full: true, Known: known("720/728", "7B3/7BB")})
					requireUnits(t, []string{"754/75C", "18DA10F1/18DAF110"}, got)
				})
			}
		})
	}
}

// Nothing is sent with an identifier that others have sent with before.
func TestIdentifiersInUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, at500k)
		r.talk(0, 100*ms, "7E0#0201000000000000") // another tester
		r.talk(begins+200*ms, 100*ms, "6F0#0102")
		r.talk(50*ms, 100*ms, "18DA33F1#023E00")
		units := thirty()
		r.add(units...)
		got := r.scan(discover.Options{Full: true, Known: known("7E0/7E8")})
		require.NotContains(t, addresses(got), "7E0/7E8")
		require.Len(t, got.Units, 29)
		requireNobodyElses(t, r)
	})
}

// requireNobodyElses demands that the tester never sent with an identifier
// after another had.
func requireNobodyElses(t *testing.T, r *rig) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	others := map[uint32]string{}
	for _, e := range r.frames {
		switch {
		case e.Frame.Is(can.Error):
		case e.From != "tester":
			others[e.Frame.ID] = e.From
		default:
			require.Empty(t, others[e.Frame.ID], "%s after another had sent so", e.Frame.String())
		}
	}
}

// At half of the free bus others wait no longer for the wire than for one
// frame of ours.
func TestOthersDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, at500k)
		r.load(0.3, unhex("0102030405060708"), 0x7FB, 0x7FD) // of lower priority than nearly all probes
		r.add(thirty()...)
		r.scan(discover.Options{Full: true})
		own := r.sentBy("load")
		even := own[1].Start.Sub(own[0].Start)
		for i := range own[1:] {
			require.Less(t, own[i+1].Start.Sub(own[i].Start), even+2*frameTime, "frame %d", i+1)
		}
	})
}

// frameTime is the longest frame with 29 bits at 500 kbit/s.
const frameTime = 320 * time.Microsecond

// socket is a simulated car's OBD socket.
type socket struct{ *car.Car }

func (s socket) Info() adapter.Info { return adapter.Info{Kind: adapter.KindCAN} }

func (s socket) OpenBus(_ context.Context, c adapter.BusConfig) (can.Bus, error) {
	return s.Connect(c.Bitrate, c.ListenOnly)
}

// Every unit of each simulated car is found, and the car notices nothing that
// a good client does not do.
func TestCars(t *testing.T) {
	for _, info := range car.List() {
		for _, share := range []float64{0.5, 1} {
			t.Run(info.ID, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					scenario, err := car.Load(info.ID)
					require.NoError(t, err)
					c, err := car.Start(scenario, car.Options{Seed: 1})
					require.NoError(t, err)
					t.Cleanup(func() { require.NoError(t, c.Close()) })
					up, err := bringup.Up(t.Context(), socket{c})
					require.NoError(t, err)
					t.Cleanup(func() { require.NoError(t, up.Link.Close()) })
					o := discover.Options{Full: true, Identify: true, Share: share}
					want := reachable(scenario, &o)
					got, err := discover.Scan(t.Context(), up, o)
					require.NoError(t, err)
					requireUnits(t, want, got)
					require.Empty(t, c.Violations())
					for _, e := range c.Journal() {
						require.Contains(t, []byte{0x01, 0x22, 0x3E}, e.Data[0], "%s was asked % X", e.Unit, e.Data)
					}
				})
			})
		}
	}
}

// reachable are the units that can be found. Known are one with an unusual
// pair, and those beyond a gateway, whose identifiers the car counts as used.
func reachable(s *car.Scenario, o *discover.Options) (want []string) {
	for i := range s.Units {
		u := &s.Units[i]
		if u.Behind != "" && !slices.Contains(s.Unit(u.Behind).Gateway.Routes, u.Name) {
			o.Known = append(o.Known, discover.Known{Address: u.Address})
			continue
		}
		if u.Address.String() == "746/783" {
			o.Known = append(o.Known, discover.Known{Address: u.Address, Dialect: guard.KWP})
		}
		want = append(want, u.Address.String())
	}
	return want
}
