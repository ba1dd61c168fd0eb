package fault_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/fault"
	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/vecu"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// site is a bench with two units; the second, behind a gateway, is the victim.
func site() fault.Site {
	return fault.Site{Car: "bench", Tester: "tester", Victim: 1, Units: []fault.Station{
		{Name: "engine", Address: transport.MustAddress("7E0/7E8"), Functional: []transport.Address{transport.MustAddress("7DF/7E8-7EF")}},
		{Name: "modem", Address: transport.MustAddress("6F1:61/661:F1"), Behind: true},
	}}
}

func inject(t *testing.T, name string) *fault.Injection {
	t.Helper()
	f, err := fault.ByName(name)
	require.NoError(t, err)
	in, err := fault.New(f, site(), 1)
	require.NoError(t, err)
	t.Cleanup(in.Close)
	return in
}

func frame(t *testing.T, text string) can.Frame {
	t.Helper()
	f, err := can.ParseFrame(text)
	require.NoError(t, err)
	return f
}

// said tells the fault of a frame on the wire.
func said(t *testing.T, in *fault.Injection, from, text string) vbus.Fate {
	t.Helper()
	return in.Frame(vbus.Attempt{From: from, Frame: frame(t, text)})
}

const (
	request  = "6F1#610322F190CCCCCC"
	short    = "661#F10462D09104FFFF"
	first    = "661#F1101462F1905742"
	part1    = "661#F12141554E374330"
	part2    = "661#F122374847313034"
	clearing = "6F1#61300000CCCCCCCC"
)

// TestFrames holds what single frames of the victim turn into: the fate of the
// last one of a row.
func TestFrames(t *testing.T) {
	for _, row := range []struct {
		fault string
		said  []string
		want  string
	}{
		{"isotp-frame-missing", []string{first, part1}, "dropped"},
		{"isotp-frame-missing", []string{first, part1, part2}, "passes"},
		{"isotp-frame-missing", []string{first, part1, part2, first, part1}, "passes"},
		{"isotp-frame-missing", []string{first, part1, first, part1, first, part1}, "dropped"},
		{"isotp-frame-repeated", []string{first, part1}, "doubled"},
		{"isotp-frames-swapped", []string{first, part1}, "dropped"},
		{"isotp-frames-swapped", []string{first, part1, part2}, "passes, then " + part1},
		{"isotp-wrong-number", []string{first, part1, part2}, "661#F127374847313034"},
		{"isotp-length-too-long", []string{first}, "661#F1102862F1905742"},
		{"isotp-length-too-short", []string{first}, "661#F1100562F1905742"},
		{"isotp-empty-single-frame", []string{short}, "passes"},
		{"isotp-empty-single-frame", []string{short, short}, "661#F10062D09104FFFF"},
		{"isotp-single-frame-too-long", []string{short, short}, "661#F10F62D09104FFFF"},
		{"isotp-frame-cut", []string{first}, "661#F1101462F190"},
		{"isotp-overflow", []string{short, short}, "661#F13200009104FFFF"},
		{"isotp-first-frame-only", []string{first}, "passes"},
		{"isotp-first-frame-only", []string{first, part1}, "dropped"},
		{"isotp-stray-frame", []string{short}, "passes, then 661#F12162D09104FFFF"},
		{"isotp-begins-again", []string{first, part1}, "661#F1101462FF0A0000"},
		{"isotp-reserved-type", []string{first, part1}, "661#F17141554E374330"},
		{"isotp-frame-too-late", []string{first, part1}, "1.5s late"},
		{"isotp-pause", []string{first, part1, part2, first, part1}, "900ms late"},
		{"answers-held-up", []string{short, short}, "400ms late"},
		{"frames-doubled", []string{part2}, "doubled"},
		{"every-fifth-answer-lost", []string{short, first, part1, part2, short, short, short}, "dropped"},
		{"two-speakers", []string{short, short}, "661#F10462FF0B010000, then " + short},
		{"answers-from-elsewhere", []string{short}, "621#F10462D09104FFFF"},
		{"stale-answers", []string{short, first}, short + ", then " + first},
		{"remote-frames", []string{short}, "passes, then 661#R8"},
		{"empty-frames", []string{short}, "passes, then 661#"},
	} {
		t.Run(row.fault, func(t *testing.T) {
			in := inject(t, row.fault)
			var got vbus.Fate
			for _, text := range row.said {
				got = said(t, in, "modem", text)
			}
			require.Equal(t, row.want, told(got))
			require.Equal(t, vbus.Fate{}, said(t, in, "background 0", short), "others are left alone")
		})
	}
}

// told puts a fate into words.
func told(f vbus.Fate) (s string) {
	switch {
	case f.Drop:
		s = "dropped"
	case f.Duplicate:
		s = "doubled"
	case f.Corrupt:
		s = "destroyed"
	case f.Delay > 0:
		s = fmt.Sprintf("%v late", f.Delay)
	case f.Instead != nil:
		s = f.Instead.String()
	default:
		s = "passes"
	}
	for _, x := range f.Then {
		s += ", then " + x.Frame.String()
	}
	return s
}

func TestFaultsInTheMiddleWaitForTheSixthRequest(t *testing.T) {
	in := inject(t, "request-lost")
	for range 5 {
		require.Equal(t, "passes", told(said(t, in, "tester", request)))
		require.Equal(t, "passes", told(said(t, in, "tester", clearing)), "flow control is no request")
		require.Equal(t, "passes", told(said(t, in, "tester", "7DF#0209020000000000")), "nor is one to somebody else")
	}
	require.Zero(t, in.Injected())
	require.Equal(t, "dropped", told(said(t, in, "tester", request)))
	require.Equal(t, "passes", told(said(t, in, "tester", request)), "once")
	require.Equal(t, 1, in.Injected())
}

func TestARetransmissionIsNoNewRequest(t *testing.T) {
	in := inject(t, "request-lost")
	for n := range 5 {
		in.Frame(vbus.Attempt{From: "tester", Frame: frame(t, request), Number: n})
	}
	require.Zero(t, in.Injected())
}

func TestErrorsEnd(t *testing.T) {
	for name, want := range map[string]int{"frame-corrupted": 1, "error-burst": 12, "tester-error-passive": 16, "tester-bus-off": 95} {
		in := inject(t, name)
		for range 5 {
			said(t, in, "tester", request)
		}
		for range 94 {
			said(t, in, "tester", clearing)
			said(t, in, "modem", short)
		}
		require.Equal(t, want, in.Injected(), name)
	}
}

// unit answers everything with the request's first byte and its data, plus 40.
func unit(name string) vecu.Config {
	return vecu.Config{Name: name, Handler: vecu.HandlerFunc(func(r *vecu.Request) vecu.Reply {
		data := append([]byte{r.Data[0] + 0x40}, r.Data[1:]...)
		if r.Restarted {
			data = []byte{0x7F, r.Data[0], 0x7F}
		}
		return vecu.Reply{Data: append(data, 0xAA, 0xBB), Latency: 10 * time.Millisecond}
	})}
}

// TestAnswers holds the victim's answers to 22 F1 90, from the first on.
func TestAnswers(t *testing.T) {
	const usual = "62 F1 90 AA BB"
	for _, row := range []struct {
		fault string
		want  []string
	}{
		{"unit-silent", []string{"", "", ""}},
		{"unit-dies", []string{usual, usual, usual, usual, "", ""}},
		{"busy-for-ever", []string{usual, usual, usual, usual, "7F 22 21", "7F 22 21"}},
		{"busy-at-first", []string{usual, usual, usual, usual, "7F 22 21", "7F 22 21", usual}},
		{"session-refused", []string{"7F 22 7F", "7F 22 7F"}},
		{"refuses-security", []string{"7F 22 33", "7F 22 33"}},
		{"refuses-service", []string{"7F 22 11", "7F 22 11"}},
		{"session-lost", []string{usual, usual, usual, usual, "7F 22 7F", "7F 22 7F"}},
		{"wrong-identifier", []string{usual, "62 F1 85 AA BB", usual, usual, "62 F1 85 AA BB"}},
		{"wrong-service", []string{usual, "6A F1 90 AA BB", usual}},
		{"answer-cut", []string{usual, "62 F1 90", usual}},
		{"answer-with-extra", []string{usual, usual + " 00 00", usual}},
		{"answer-of-one-byte", []string{usual, "62", usual}},
		{"refusal-without-code", []string{usual, "7F 22", usual}},
		{"one-answer-behind", []string{"", usual, usual}},
		{"gateway-refuses", []string{usual, usual, usual, usual, "7F 22 33", "7F 22 33"}},
		{"gateway-swallows", []string{usual, usual, usual, usual, "", ""}},
	} {
		t.Run(row.fault, func(t *testing.T) {
			in := inject(t, row.fault)
			victim, other := in.Config(unit("modem")), in.Config(unit("engine"))
			for i, want := range row.want {
				said(t, in, "tester", request)
				r := victim.Handler.Serve(&vecu.Request{Data: []byte{0x22, 0xF1, 0x90}})
				require.Equal(t, want, fmt.Sprintf("% X", r.Data), "answer %d", i+1)
				r = other.Handler.Serve(&vecu.Request{Data: []byte{0x22, 0xF1, 0x90}})
				require.Equal(t, usual, fmt.Sprintf("% X", r.Data), "another unit's")
			}
			require.NotZero(t, in.Injected())
		})
	}
}

func TestSlowAnswers(t *testing.T) {
	late := func(name string, asked int) vecu.Reply {
		c := inject(t, name).Config(unit("modem"))
		for range asked - 1 {
			c.Handler.Serve(&vecu.Request{Data: []byte{0x22}})
		}
		return c.Handler.Serve(&vecu.Request{Data: []byte{0x22}})
	}
	require.Equal(t, time.Hour, late("pending-for-ever", 5).Latency)
	require.Equal(t, time.Hour, late("pending-storm", 5).Latency)
	require.Equal(t, 3*time.Second, late("pending-long", 6).Latency)
	require.Equal(t, 10*time.Millisecond, late("pending-long", 7).Latency)
	r := late("unit-late", 1)
	require.Equal(t, 400*time.Millisecond, r.Latency)
	require.True(t, r.Unannounced)
	c := inject(t, "pending-storm").Config(unit("modem"))
	require.Less(t, c.P2Star, 50*time.Millisecond)
}

func TestARestartForgetsTheSession(t *testing.T) {
	in := inject(t, "unit-restarts")
	c := in.Config(unit("modem"))
	ask := func() string { return fmt.Sprintf("% X", c.Handler.Serve(&vecu.Request{Data: []byte{0x22}}).Data) }
	require.Equal(t, "62 AA BB", ask())
	require.Equal(t, "passes", told(said(t, in, "modem", first)))
	require.Equal(t, "passes", told(said(t, in, "modem", part1)))
	require.Equal(t, "dropped", told(said(t, in, "modem", part2)))
	require.Equal(t, "dropped", told(said(t, in, "tester", request)), "nothing reaches it while it is away")
	back := in.Frame(vbus.Attempt{From: "tester", Frame: frame(t, request), Start: time.Time{}.Add(6 * time.Second)})
	require.Equal(t, "passes", told(back))
	require.Equal(t, "7F 22 7F AA BB", ask())
	require.Equal(t, "62 AA BB", ask())
}

// hands notes what is done to a car.
type hands struct{ done chan string }

func (h hands) Sleep(d time.Duration) { h.done <- fmt.Sprintf("sleeps %v", d) }
func (h hands) IgnitionOff()          { h.done <- "ignition off" }
func (h hands) Supply(mv int)         { h.done <- fmt.Sprintf("%d mV", mv) }
func (h hands) Drive(kmh int)         { h.done <- fmt.Sprintf("%d km/h", kmh) }
func (h hands) Isolate()              { h.done <- "isolated" }
func (h hands) Unplug()               { h.done <- "unplugged" }

func TestWhatHappensToTheCar(t *testing.T) {
	for name, want := range map[string]string{
		"car-falls-asleep": "sleeps 0s", "supply-sags": "12000 mV", "supply-collapses": "11500 mV", "ignition-off": "ignition off",
		"car-drives-off": "30 km/h", "socket-pulled": "isolated", "adapter-unplugged": "unplugged",
	} {
		synctest.Test(t, func(t *testing.T) {
			in := inject(t, name)
			h := hands{make(chan string, 1)}
			require.NoError(t, in.Begin(nil, h))
			for range 5 {
				require.Empty(t, h.done, name)
				said(t, in, "tester", request)
			}
			require.Equal(t, want, <-h.done)
			for range 5 {
				said(t, in, "tester", request)
			}
			time.Sleep(time.Second)
			require.Empty(t, h.done, "once")
			require.Equal(t, 1, in.Injected())
		})
	}
}

func TestNothingHappensToACarThatHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := inject(t, "socket-pulled")
		h := hands{make(chan string, 1)}
		require.NoError(t, in.Begin(nil, h))
		in.Close()
		for range 10 {
			said(t, in, "tester", request)
		}
		in.Close()
		require.Empty(t, h.done)
	})
}

// TestIntruders: nodes that do not belong send, and are gone after Close.
func TestIntruders(t *testing.T) {
	for name, want := range map[string]string{
		"babbling-node": "000#0000000000000000", "identifier-in-use": "661#F1A0005512000000",
		"look-alike-answers": "661#F103410532000000", "another-tester": "6F1#61023E0000000000",
	} {
		synctest.Test(t, func(t *testing.T) {
			in := inject(t, name)
			s := vbus.New(vbus.Config{Bitrate: 500_000})
			ear := s.Attach("ear")
			require.NoError(t, in.Begin(s, hands{}))
			time.Sleep(200 * time.Millisecond)
			in.Close()
			rx, err := ear.Recv(t.Context())
			require.NoError(t, err)
			require.Equal(t, want, rx.Frame.String(), name)
			require.NotZero(t, in.Injected())
			require.NoError(t, s.Close())
		})
	}
}

func TestWrongBitRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := inject(t, "wrong-bit-rate-node")
		s := vbus.New(vbus.Config{Bitrate: 500_000})
		ear := s.Attach("ear")
		require.NoError(t, in.Begin(s, hands{}))
		time.Sleep(400 * time.Millisecond)
		in.Close()
		rx, err := ear.Recv(t.Context())
		require.NoError(t, err)
		require.True(t, rx.Frame.Is(can.Error))
		require.NoError(t, s.Close())
	})
}
