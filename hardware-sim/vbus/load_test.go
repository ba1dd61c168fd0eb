package vbus_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/obd/can"
)

func load(t *testing.T, s *vbus.Segment, name string, l vbus.Load) *vbus.Node {
	t.Helper()
	n, err := s.Load(name, l)
	require.NoError(t, err)
	return n
}

// diagnostics are the identifiers of a tester and its units.
func diagnostics() (ids []uint32) {
	for id := uint32(0x600); id <= can.MaxID; id++ {
		ids = append(ids, id)
	}
	return ids
}

// likeISOTP makes single, first and consecutive frames and flow control of no
// message at all.
func likeISOTP(id uint32, n uint64) []byte {
	return []byte{[...]byte{0x03, 0x10, 0x21, 0x30}[(uint64(id)+n)%4], 0x22, byte(n), byte(id), 0, 0, 0, 0}
}

// share is how much of the wire the events took.
func share(events []vbus.Event, during time.Duration) float64 {
	var busy time.Duration
	for _, e := range events {
		busy += e.End.Sub(e.Start) + 3*microbit
	}
	return float64(busy) / float64(during)
}

func TestLoadShare(t *testing.T) {
	const during = 5 * time.Second
	for _, row := range []struct {
		rule string
		load vbus.Load
		want float64
		off  float64
	}{
		{"even gaps", vbus.Load{IDs: []uint32{0x100, 0x200}, Share: 0.3}, 0.3, 0.001},
		{"exponential gaps", vbus.Load{IDs: []uint32{0x100}, Share: 0.5, Poisson: true}, 0.5, 0.03},
		{"a full wire", vbus.Load{IDs: []uint32{0x100}, Share: 1}, 1, 0.001},
		{"what looks like ISO-TP on diagnostic identifiers", vbus.Load{IDs: diagnostics(), Payload: likeISOTP, Share: 0.6}, 0.6, 0.001},
	} {
		t.Run(row.rule, func(t *testing.T) {
			bubble(t, at500k, func(t *testing.T, s *vbus.Segment, j *journal) {
				t.Helper()
				s.Attach("peer", vbus.Depth(1))
				load(t, s, "load", row.load)
				rest(during)
				require.InDelta(t, row.want, share(j.all(), during), row.off)
			})
		})
	}
}

func TestLoadPeriod(t *testing.T) {
	bubble(t, at500k, func(t *testing.T, s *vbus.Segment, j *journal) {
		t.Helper()
		ids := []uint32{0x100, 0x18FF1234, 0x300}
		s.Attach("peer")
		load(t, s, "load", vbus.Load{IDs: ids, Period: 30 * time.Millisecond})
		rest(time.Second - 1)
		require.Len(t, j.all(), 100)
		for i, e := range j.all() {
			require.Equal(t, "load", e.From)
			require.Equal(t, ids[i%3], e.Frame.ID)
			require.Equal(t, i%3 == 1, e.Frame.Is(can.Extended))
			require.Equal(t, time.Duration(i)*10*time.Millisecond, e.Start.Sub(j.all()[0].Start))
		}
	})
}

func TestLoadPayload(t *testing.T) {
	bubble(t, at500k, func(t *testing.T, s *vbus.Segment, _ *journal) {
		t.Helper()
		peer := s.Attach("peer")
		load(t, s, "load", vbus.Load{
			IDs: []uint32{0x100, 0x200}, Period: 2 * time.Millisecond,
			Payload: func(id uint32, n uint64) []byte { return make([]byte, 7+n+uint64(id>>9)) },
		})
		rest(3*time.Millisecond - 1)
		got := frames(heard(t, peer))
		require.Len(t, got, 3)
		require.Equal(t, can.NewFrame(0x100, make([]byte, 7)...), got[0])
		require.Equal(t, can.NewFrame(0x200, make([]byte, 9)...).ID, got[1].ID)
		require.Equal(t, uint8(12), got[1].Len, "filled up to an FD length")
	})
}

func TestLoadIsTheSameForASeed(t *testing.T) {
	run := func(seed uint64) (sent []can.Frame) {
		cfg := at500k
		cfg.Seed = seed
		bubble(t, cfg, func(t *testing.T, s *vbus.Segment, j *journal) {
			t.Helper()
			load(t, s, "one", vbus.Load{IDs: []uint32{0x100}, Share: 0.3, Poisson: true})
			load(t, s, "two", vbus.Load{IDs: []uint32{0x200}, Share: 0.3, Poisson: true})
			rest(100 * time.Millisecond)
			for _, e := range j.all() {
				sent = append(sent, e.Frame)
			}
		})
		return sent
	}
	once := run(1)
	require.NotEmpty(t, once)
	require.Equal(t, once, run(1))
	require.NotEqual(t, once, run(2))
}

func TestLoadGivesWay(t *testing.T) {
	const period = 5 * time.Millisecond
	longest := can.Bits{Nominal: 55 + 10*8}.Duration(500_000, 0)
	bubble(t, at500k, func(t *testing.T, s *vbus.Segment, j *journal) {
		t.Helper()
		load(t, s, "load", vbus.Load{IDs: diagnostics(), Share: 1})
		a := s.Attach("a", vbus.Depth(1))
		for i := range 100 {
			queued := time.Now()
			send(t, a, numbered(0x123, i))
			rest(period)
			var at time.Time
			for _, e := range j.all() {
				if e.From == "a" {
					at = e.Start
				}
			}
			require.LessOrEqual(t, at.Sub(queued), longest, "it waits for the frame on the wire, no more")
		}
		require.InDelta(t, 1, share(j.all(), 100*period), 0.001)
	})
}

func TestLoadGivesItsQueueUpWhenItCannotSend(t *testing.T) {
	bubble(t, at500k, func(t *testing.T, s *vbus.Segment, j *journal) {
		t.Helper()
		load(t, s, "low", vbus.Load{IDs: []uint32{0x700}, Share: 0.5})
		high := load(t, s, "high", vbus.Load{IDs: []uint32{0x100}, Share: 1})
		rest(time.Second)
		require.NoError(t, high.Close())
		s.Attach("peer", vbus.Depth(1))
		synctest.Wait()
		before := len(j.all())
		rest(100 * time.Millisecond)
		// 64 frames of about 0.226 ms had waited, a seventh of the time; from
		// then on the load takes its half of the wire again.
		require.InDelta(t, 0.5+64*0.226/100, share(j.all()[before:], 100*time.Millisecond), 0.02)
	})
}

func TestLoadSleeps(t *testing.T) {
	bubble(t, at500k, func(t *testing.T, s *vbus.Segment, j *journal) {
		t.Helper()
		s.Attach("peer")
		n := load(t, s, "load", vbus.Load{IDs: []uint32{0x100}, Period: 10 * time.Millisecond})
		rest(95 * time.Millisecond)
		n.Sleep()
		rest(time.Second)
		require.Len(t, j.all(), 10)
		n.Wake()
		rest(95 * time.Millisecond)
		require.Len(t, j.all(), 20)
		require.Equal(t, 1095*time.Millisecond, j.all()[10].Start.Sub(j.all()[0].Start), "it goes on at once")
		require.NoError(t, n.Close())
		rest(time.Second)
		require.Len(t, j.all(), 20)
	})
}

func TestLoadAcknowledges(t *testing.T) {
	bubble(t, at500k, func(t *testing.T, s *vbus.Segment, _ *journal) {
		t.Helper()
		load(t, s, "load", vbus.Load{IDs: []uint32{0x100}, Period: time.Hour})
		a := s.Attach("a")
		rest(time.Second)
		heard(t, a)
		send(t, a, numbered(1, 1))
		rest(time.Second)
		require.Equal(t, 1, owns(heard(t, a)))
	})
}

func TestLoadRefuses(t *testing.T) {
	ids := []uint32{0x100}
	for rule, row := range map[string]struct {
		bitrate int
		load    vbus.Load
	}{
		"no identifiers":             {500_000, vbus.Load{Share: 0.5}},
		"identifier of 30 bits":      {500_000, vbus.Load{IDs: []uint32{1 << 29}, Share: 0.5}},
		"neither share nor period":   {500_000, vbus.Load{IDs: ids}},
		"both":                       {500_000, vbus.Load{IDs: ids, Share: 0.5, Period: time.Second}},
		"more than the whole wire":   {500_000, vbus.Load{IDs: ids, Share: 1.01}},
		"less than nothing":          {500_000, vbus.Load{IDs: ids, Share: -0.1}},
		"period below zero":          {500_000, vbus.Load{IDs: ids, Period: -1}},
		"a share without bit timing": {0, vbus.Load{IDs: ids, Share: 0.5}},
	} {
		t.Run(rule, func(t *testing.T) {
			bubble(t, vbus.Config{Bitrate: row.bitrate}, func(t *testing.T, s *vbus.Segment, _ *journal) {
				t.Helper()
				_, err := s.Load("load", row.load)
				require.Error(t, err)
			})
		})
	}
}
