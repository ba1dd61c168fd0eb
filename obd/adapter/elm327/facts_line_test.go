package elm327_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/obd/adapter/elm327"
	"github.com/untether-obd/untether/obd/adapter/serialport"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

var timing = []fact{
	{name: "20 adaptive timing loses a slow unit", run: slowSecond},
	{name: "20 the wait is learned", run: learnedWait},
}

var lines = []fact{
	{name: "21 a crashed session leaves it fast", run: leftFast},
	{name: "21 a speed at which nothing is legible", run: illegible},
	{name: "23 a network drops who says nothing", run: idle},
	{name: "23 a connection that is half open", run: halfOpen},
	{name: "23 another client", run: otherClient},
	{name: "24 the plug is pulled", run: pulled},
	{name: "31 parameters are never written", run: parameters},
	{name: "31 only ? is evidence", run: lateParameters},
	{name: "31 a late reply answers nothing", run: lateReply},
}

var supplies = []fact{
	{name: "25 the voltage at the connector", run: voltage},
	{name: "26 the second bus", run: secondBus},
	{name: "27 STN: pairs, waits, whole messages", run: pairs},
	{name: "28 K-line without ATFI, ATSI and ATKW", run: poorKLine},
}

// slowSecond: the chip's own adaptive timing would learn from the quick unit.
func slowSecond(t *testing.T) {
	t.Helper()
	meet(t, "elm-2.2", velm.Options{}, func(s *scene) {
		s.unit("7E0/7E8", identified())
		s.unitBy("7E1/7E9", func([]byte) [][]byte {
			time.Sleep(150 * time.Millisecond)
			return [][]byte{[]byte(identified()["\x01\x00"])}
		})
		_, l := s.linked()
		group := dial(s.t, l, obd)
		for range 6 {
			require.Len(s.t, s.all(group, "\x01\x00"), 2)
			s.well(l, "7E0/7E8")
		}
	})
}

// learnedWait: how many frames answer what was never asked is not known, so the
// chip waits for more; but no longer than the unit is known to take.
func learnedWait(t *testing.T) {
	t.Helper()
	meet(t, "elm-2.2", velm.Options{}, func(s *scene) {
		late := time.Duration(0)
		s.unitBy("7E0/7E8", func(request []byte) [][]byte {
			time.Sleep(late)
			return [][]byte{{0x62, request[1], request[2], 1}}
		})
		_, l := s.linked()
		c := dial(s.t, l, "7E0/7E8")
		silence := func(did byte) time.Duration {
			before := s.velm.Ledger().Silence
			ask(s.t, c, 0x22, 0xF1, did)
			time.Sleep(time.Second)
			return s.velm.Ledger().Silence - before
		}
		for did := range byte(4) {
			require.Less(s.t, silence(did), 100*time.Millisecond)
		}
		late = 180 * time.Millisecond
		silence(4)
		stops := s.velm.Ledger().Stops
		for did := byte(5); did < 9; did++ {
			require.Greater(s.t, silence(did), late)
		}
		require.Equal(s.t, stops, s.velm.Ledger().Stops, "the chip waits, nobody has to listen")
	})
}

func leftFast(t *testing.T) {
	t.Helper()
	for _, dongle := range []string{"elm-2.2", "stn1110"} {
		meet(t, dongle, velm.Options{}, func(s *scene) {
			s.unit("7E0/7E8", identified())
			_, err := elm327.New(s.t.Context(), s.line(), elm327.Options{})
			require.NoError(s.t, err)
			fast, usual := s.host.Baud(), s.velm.Line().Baud
			require.Greater(s.t, fast, usual)
			s.leave() // without giving it its speed back
			d, l := s.linked()
			s.well(l, "7E0/7E8")
			require.Equal(s.t, fast, d.Capabilities().Baud)
		})
	}
}

func illegible(t *testing.T) {
	t.Helper()
	for _, dongle := range []string{"elm-2.2", "stn1110"} {
		meet(t, dongle, velm.Options{Fault: "garbled-speed"}, func(s *scene) {
			s.unit("7E0/7E8", identified())
			_, l := s.linked()
			require.Equal(s.t, s.velm.Line().Baud, s.host.Baud())
			s.well(l, "7E0/7E8")
		})
	}
}

func idle(t *testing.T) {
	t.Helper()
	meet(t, "wifi-clone", velm.Options{Fault: "idle-drop:15"}, func(s *scene) {
		s.unit("7E0/7E8", identified())
		_, l := s.linked()
		time.Sleep(time.Minute)
		s.well(l, "7E0/7E8")
		require.LessOrEqual(s.t, s.named("RV"), 8, "no more than it takes")
	})
}

// halfOpen: nobody asks anything, and still it is noticed.
func halfOpen(t *testing.T) {
	t.Helper()
	meet(t, "wifi-clone", velm.Options{Fault: "half-open:1000"}, func(s *scene) {
		s.unit("7E0/7E8", identified())
		_, l := s.linked()
		c := dial(s.t, l, "7E0/7E8")
		began, err := time.Now(), error(nil)
		for err == nil && time.Since(began) < 10*time.Minute {
			time.Sleep(5 * time.Second)
			err = c.Send(s.t.Context(), []byte{0x22, 0xF1, 0x50}, transport.Want{Answers: 1})
		}
		require.ErrorAs(s.t, err, new(*serialport.LostError))
	})
}

func otherClient(t *testing.T) {
	t.Helper()
	meet(t, "wifi-clone", velm.Options{Fault: "second-client"}, func(s *scene) {
		s.interrupted = true
		s.unit("7E0/7E8", identified())
		_, l := s.linked()
		good, failed := s.reads(dial(s.t, l, "7E0/7E8"), 30) // none of his is taken for ours
		require.Positive(s.t, good)
		require.ErrorAs(s.t, failed[0], new(*elm327.UnexpectedError))
		require.Len(s.t, failed, 30-good, "once noticed, nothing is asked any more")
	})
}

func pulled(t *testing.T) {
	t.Helper()
	meet(t, "elm-2.2", velm.Options{Fault: "disconnect:1500"}, func(s *scene) {
		s.unit("7E0/7E8", identified())
		_, l := s.linked()
		_, failed := s.reads(dial(s.t, l, "7E0/7E8"), 60)
		require.NotEmpty(s.t, failed)
		require.ErrorAs(s.t, failed[0], new(*serialport.LostError))
		began := time.Now()
		_, err := read(dial0(l, "740/760"), "\x22\xF1\x50")
		require.ErrorAs(s.t, err, new(*serialport.LostError))
		require.Less(s.t, time.Since(began), time.Second)
	})
}

func parameters(t *testing.T) {
	t.Helper()
	for _, dongle := range velm.Names() {
		meet(t, dongle, velm.Options{}, func(s *scene) {
			s.unit("7E0/7E8", identified())
			_, l := s.linked()
			s.well(l, "7E0/7E8")
			require.Zero(s.t, s.named("PP"))
			require.LessOrEqual(s.t, s.named("PPS"), 1)
		})
	}
}

func lateParameters(t *testing.T) {
	t.Helper()
	for fault, want := range map[string]elm327.Ability{"": elm327.Yes, "late-reply:ATCTM": elm327.Yes, "lacks:PPS": elm327.No} {
		meet(t, "elm-2.2", velm.Options{Fault: fault}, func(s *scene) {
			s.interrupted = fault == "late-reply:ATCTM"
			d := s.driver()
			require.Equal(s.t, want, d.Capabilities().Parameters)
			if fault == "late-reply:ATCTM" {
				require.Equal(s.t, elm327.Unknown, d.Capabilities().TimerScale)
			}
		})
	}
}

func lateReply(t *testing.T) {
	t.Helper()
	for _, dongle := range []string{"elm-2.2", "stn1110", "wifi-clone"} {
		meet(t, dongle, velm.Options{Fault: "late-reply"}, func(s *scene) {
			s.interrupted = true
			s.unit("7E0/7E8", identified())
			_, l := s.linked()
			good, failed := s.reads(dial(s.t, l, "7E0/7E8"), 40)
			require.NotEmpty(s.t, failed)
			require.GreaterOrEqual(s.t, good, 25)
		})
	}
}

func voltage(t *testing.T) {
	t.Helper()
	mv := 12_100
	meet(t, "elm-2.2", velm.Options{Supply: func() int { return mv }}, func(s *scene) {
		d, _ := s.linked()
		for _, mv = range []int{12_100, 5_900} {
			got, err := d.Supply(s.t.Context())
			require.NoError(s.t, err)
			require.Equal(s.t, mv, got)
		}
		mv = 0
		_, err := d.Supply(s.t.Context())
		require.ErrorAs(s.t, err, new(*elm327.NoSupplyError))
	})
	meet(t, "elm-2.2", velm.Options{Fault: "lacks:RV"}, func(s *scene) {
		_, err := s.driver().Supply(s.t.Context())
		require.ErrorAs(s.t, err, new(*elm327.NoSupplyError))
	})
}

func secondBus(t *testing.T) {
	t.Helper()
	var second *vbus.Segment
	o := velm.Options{Second: func(ctx context.Context, bitrate int, listenOnly bool) (can.Bus, error) {
		return attached(second)(ctx, bitrate, listenOnly)
	}}
	meet(t, "stn2255", o, func(s *scene) {
		second = vbus.New(vbus.Config{Bitrate: 125_000})
		second.Attach("gateway")
		first := s.bus
		s.unit("7E0/7E8", identified())
		s.bus = second
		s.unit("726/72E", identified())
		s.bus = first
		_, l := s.linked()
		pins := l.(transport.Pins)
		require.True(s.t, pins.Reaches("3/11", 125_000))
		s.well(l, "7E0/7E8")
		require.NoError(s.t, pins.Switch(s.t.Context(), "3/11", 125_000))
		s.well(l, "726/72E")
		require.NoError(s.t, pins.Switch(s.t.Context(), transport.UsualPins, 500_000))
		s.well(l, "7E0/7E8")
		s.leave()
		s.leave = nil
		require.NoError(s.t, second.Close())
	})
	meet(t, "elm-2.2", velm.Options{}, func(s *scene) {
		_, l := s.linked()
		pins := l.(transport.Pins)
		require.False(s.t, pins.Reaches("3/11", 125_000))
		require.ErrorIs(s.t, pins.Switch(s.t.Context(), "3/11", 125_000), transport.ErrForm)
	})
}

func pairs(t *testing.T) {
	t.Helper()
	meet(t, "stn1110", velm.Options{}, func(s *scene) {
		s.unit("740/760", identified())
		_, l := s.linked()
		s.well(l, "740/760")
		s.well(l, "740/760")
		require.Equal(s.t, 1, s.named("CFCPA"))
		require.Equal(s.t, 12, s.named("PX"))
		require.Positive(s.t, s.named("AL"))
		require.LessOrEqual(s.t, s.named("FCSH"), 1, "but to learn whether there is one")
	})
}

// poorKLine: the chip wakes the unit by itself, and again after a silence.
func poorKLine(t *testing.T) {
	t.Helper()
	unit := &velm.KLine{Fast: true, Address: 0x10, Answer: emissionUnit}
	meet(t, "clone-1.5", velm.Options{KLine: unit}, func(s *scene) {
		found, err := s.driver().Search(s.t.Context(), func(string, int, int) {})
		require.NoError(s.t, err)
		group := dial(s.t, found.Link, "18DB33F1/18DAF1xx")
		for range 3 {
			require.Len(s.t, s.all(group, "\x01\x0D"), 1)
			time.Sleep(20 * time.Second)
		}
		for _, lacks := range []string{"FI", "SI", "KW"} {
			require.Zero(s.t, s.named(lacks))
		}
	})
}

// dial0 is dial where it may fail: then each read does.
func dial0(l transport.Link, a string) transport.Conn {
	c, err := l.Dial(context.Background(), transport.MustAddress(a), transport.Params{})
	if err != nil {
		return refused{err: err}
	}
	return c
}

type refused struct {
	transport.Conn
	err error
}

func (r refused) Send(context.Context, []byte, transport.Want) error { return r.err }
