package elm327_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/transport"
)

var isotpFacts = []fact{
	{name: "13 flow control to other than emission units", run: func(t *testing.T) { t.Helper(); flowTo(t, "elm-2.2", "") }},
	{name: "13 by the chip: header and content before the mode", run: chipFlow},
	{name: "14 flow control of our own", run: func(t *testing.T) { t.Helper(); flowTo(t, "clone-1.5", "") }},
	{name: "14 ? to ATFCSH", run: func(t *testing.T) { t.Helper(); flowTo(t, "elm-2.2", "lacks") }},
	{name: "15 long requests by STPX", run: func(t *testing.T) { t.Helper(); long(t, "stn1110", 200) }},
	{name: "15 longer ones frame by frame", run: func(t *testing.T) { t.Helper(); long(t, "stn1110", 1000) }},
	{name: "15 long requests frame by frame", run: func(t *testing.T) { t.Helper(); long(t, "elm-1.4b", 200) }},
	{name: "15 what a chip cannot send is refused first", run: tooLong},
	{name: "16 answers are counted once they are known", run: counted},
	{name: "16 a count does not cut 78", run: countedPending},
	{name: "17 78 on chips that wait", run: func(t *testing.T) { t.Helper(); pending78(t, "elm-2.2") }},
	{name: "17 78 on chips that do not wait", run: func(t *testing.T) { t.Helper(); pending78(t, "elm-1.4b") }},
	{name: "17 78 on clones", run: func(t *testing.T) { t.Helper(); pending78(t, "wifi-clone") }},
	{name: "17 78 on STN chips", run: func(t *testing.T) { t.Helper(); pending78(t, "stn1110") }},
	{name: "17 78 too late for whoever asked", run: latePending},
	{name: "18 interleaved answers are not merged", run: interleaved},
	{name: "19 filters are set before and widened for a group", run: filters},
}

// flowTo reads a unit whose identifiers are no emission unit's, and looks to
// whom flow control went.
func flowTo(t *testing.T, dongle, fault string) {
	t.Helper()
	meet(t, dongle, velm.Options{Fault: fault}, func(s *scene) {
		s.unit("740/760", identified())
		_, l := s.linked()
		s.well(l, "740/760")
		s.flowed(0x740)
	})
}

// flowed says that flow control went to one identifier only.
func (s *scene) flowed(to uint32) {
	s.t.Helper()
	n := 0
	for _, f := range s.velm.Ledger().Frames {
		if f.Data[0]>>4 == 3 {
			require.Equal(s.t, to, f.ID)
			n++
		}
	}
	require.Equal(s.t, 3, n, "one for each long answer")
}

// chipFlow: a chip whose frames cannot be of our own making; it refuses the mode
// before it knows header and content.
func chipFlow(t *testing.T) {
	t.Helper()
	meet(t, "elm-2.2", velm.Options{Fault: "lacks:CAF,CFC"}, func(s *scene) {
		s.unit("740/760", identified())
		_, l := s.linked()
		s.well(l, "740/760")
		s.flowed(0x740)
		require.LessOrEqual(s.t, s.named("FCSH"), 2, "once to learn whether there is one, and once a unit")
	})
}

func long(t *testing.T, dongle string, n int) {
	t.Helper()
	meet(t, dongle, velm.Options{}, func(s *scene) {
		request := "\x2E\xF1\x99" + strings.Repeat("untether", n/8)
		s.unit("740/760", map[string]string{request: "\x6E\xF1\x99"})
		_, l := s.linked()
		got := ask(s.t, dial(s.t, l, "740/760"), []byte(request)...)
		require.Equal(s.t, []byte("\x6E\xF1\x99"), got.Data)
		require.EqualValues(s.t, 1, s.asked.Load())
	})
}

func tooLong(t *testing.T) {
	t.Helper()
	meet(t, "elm-2.2", velm.Options{Fault: "lacks:CAF,CFC"}, func(s *scene) {
		s.unit("7E0/7E8", identified())
		_, l := s.linked()
		c := dial(s.t, l, "7E0/7E8")
		before := s.velm.Ledger().Received
		err := c.Send(s.t.Context(), make([]byte, 8), transport.Want{Answers: 1})
		require.ErrorIs(s.t, err, transport.ErrLength)
		_, err = l.Dial(s.t.Context(), transport.MustAddress("6F1:61/661:F1"), transport.Params{})
		require.ErrorIs(s.t, err, transport.ErrForm)
		require.Equal(s.t, before, s.velm.Ledger().Received, "before a byte goes out")
	})
}

// counted: the first time the chip waits for more, later not; and never loses
// one of several units.
func counted(t *testing.T) {
	t.Helper()
	meet(t, "elm-2.2", velm.Options{}, func(s *scene) {
		s.unit("7E0/7E8", identified())
		s.unit("7E1/7E9", identified())
		_, l := s.linked()
		both := map[string]string{"7E0/7E8": identified()["\x01\x00"], "7E1/7E9": identified()["\x01\x00"]}
		unit, group := dial(s.t, l, "7E0/7E8"), dial(s.t, l, obd)
		for range 3 {
			require.Equal(s.t, both, s.all(group, "\x01\x00"))
		}
		silences := func() int {
			before := s.velm.Ledger().Silences
			ask(s.t, unit, 0x22, 0xF1, 0x50)
			time.Sleep(time.Second)
			return s.velm.Ledger().Silences - before
		}
		require.Equal(s.t, []int{1, 0, 0}, []int{silences(), silences(), silences()})
	})
}

func countedPending(t *testing.T) {
	t.Helper()
	for _, dongle := range []string{"elm-1.4b", "elm-2.2", "stn1110"} {
		meet(t, dongle, velm.Options{}, func(s *scene) {
			s.busy(func() (int, time.Duration) {
				if s.asked.Load() < 4 {
					return 0, 0
				}
				return 1, 300 * time.Millisecond
			})
			_, l := s.linked()
			c := dial(s.t, l, "7E0/7E8")
			for range 6 {
				got, err := read(c, "\x22\xF1\x50")
				require.NoError(s.t, err)
				require.Equal(s.t, identified()["\x22\xF1\x50"], got)
			}
			require.EqualValues(s.t, 6, s.asked.Load())
		})
	}
}

// busy is a unit that says 78 so many times, and after each waits so long.
func (s *scene) busy(pending func() (times int, pause time.Duration)) {
	node := s.bus.Attach("unit")
	go func() {
		var until time.Time
		for {
			rx, err := node.Recv(context.Background())
			if err != nil {
				return
			}
			if rx.Own || rx.Frame.ID != 0x7E0 || rx.Frame.Data[0]>>4 != 0 {
				continue
			}
			s.asked.Add(1)
			if rx.Time.Before(until) {
				s.overlaps.Add(1)
			}
			times, pause := pending()
			for range times {
				_ = node.Send(context.Background(), can.NewFrame(0x7E8, 3, 0x7F, 0x22, 0x78, 0, 0, 0, 0))
				time.Sleep(pause)
			}
			_ = node.Send(context.Background(), can.NewFrame(0x7E8, 6, 0x62, 0xF1, 0x50, 0x0F, 0x2E, 0x10, 0))
			until = time.Now()
		}
	}()
}

// pending78: the unit says 78 three times, two seconds apart. It is asked once.
func pending78(t *testing.T, dongle string) {
	t.Helper()
	meet(t, dongle, velm.Options{}, func(s *scene) {
		s.busy(func() (int, time.Duration) { return 3, 2 * time.Second })
		_, l := s.linked()
		got, err := read(dial(s.t, l, "7E0/7E8"), "\x22\xF1\x50")
		require.NoError(s.t, err)
		require.Equal(s.t, identified()["\x22\xF1\x50"], got)
		require.EqualValues(s.t, 1, s.asked.Load())
	})
}

// latePending: the chip makes each request two seconds late. Whoever asked has
// given up when 78 comes; but the unit is left alone until it has answered.
func latePending(t *testing.T) {
	t.Helper()
	meet(t, "elm-1.4b", velm.Options{Fault: "late-reply:22F150"}, func(s *scene) {
		s.busy(func() (int, time.Duration) { return 1, 3 * time.Second })
		_, l := s.linked()
		c := dial(s.t, l, "7E0/7E8")
		for range 3 {
			_, err := read(c, "\x22\xF1\x50")
			require.ErrorAs(s.t, err, new(*transport.TimeoutError))
		}
		time.Sleep(10 * time.Second)
		require.EqualValues(s.t, 3, s.asked.Load())
		require.Zero(s.t, s.overlaps.Load())
	})
}

// interleaved: two emission units send long answers at the same time.
func interleaved(t *testing.T) {
	t.Helper()
	for _, dongle := range []string{"elm-1.4b", "elm-2.2", "stn1110", "wifi-clone"} {
		meet(t, dongle, velm.Options{}, func(s *scene) {
			want := map[string]string{}
			for _, a := range []string{"7E0/7E8", "7E1/7E9", "7E2/7EA"} {
				want[a] = "\x49\x02\x01" + strings.Repeat(a, 4)
				s.unit(a, map[string]string{"\x09\x02": want[a]})
			}
			_, l := s.linked()
			group := dial(s.t, l, obd)
			if _, _, err := exchange.Collect(s.t.Context(), group, []byte("\x09\x02"), exchange.Terms{}, nil); err != nil {
				require.ErrorIs(s.t, err, transport.ErrOverrun, "more at once than the chip can print")
			}
			require.Equal(s.t, want, s.all(group, "\x09\x02"))
		})
	}
}

func filters(t *testing.T) {
	t.Helper()
	for _, dongle := range []string{"clone-2.1", "wifi-clone", "stn1110"} {
		meet(t, dongle, velm.Options{}, func(s *scene) {
			s.unit("7E0/7E8", identified())
			s.unit("7E1/7E9", identified())
			_, l := s.linked()
			for range 2 {
				s.well(l, "7E1/7E9")
				require.Len(s.t, s.all(dial(s.t, l, obd), "\x01\x00"), 2)
			}
			require.Positive(s.t, s.named("CF"))
			if dongle != "stn1110" {
				require.Equal(s.t, 2, s.named("CRA"), "once set, it could not be ended")
			}
		})
	}
}
