package discover

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
)

func frame(t *testing.T, text string) *can.Frame {
	t.Helper()
	f, err := can.ParseFrame(text)
	require.NoError(t, err)
	return &f
}

// What has the form of an answer, and whose it would be.
func TestAnswers(t *testing.T) {
	normal := source{identifier: identifier{0x728, false}}
	wide := source{identifier: identifier{0x18DAF1C6, true}}
	bmw := source{identifier: identifier{0x661, false}, hasAE: true, ae: 0xF1}
	for _, row := range []struct {
		rule, frame string
		want        []source
	}{
		{"7E 00", "728#027E00CCCCCCCCCC", []source{normal}},
		{"without padding", "728#027E00", []source{normal}},
		{"7E", "728#017E", []source{normal}},
		{"7E 01, to 3E 01", "728#027E01", []source{normal}},
		{"refused", "728#037F3E12", []source{normal}},
		{"29 bits", "18DAF1C6#027E00", []source{wide}},
		{"with an address byte", "661#F1027E00", []source{bmw}},
		{"refused, with an address byte", "661#F1037F3E78CCCCCC", []source{bmw}},
		{"another sub-function", "728#027E02", nil},
		{"too long", "728#037E0000", nil},
		{"of another service", "728#037F2231", nil},
		{"no reason", "728#037F3E00", nil},
		{"a reason too much", "728#047F3E1212", nil},
		{"of another answer", "728#026E00", nil},
		{"cut off", "728#027E", nil},
		{"a first frame", "728#1010620102030405", nil},
		{"no length", "728#007E00", nil},
		{"longer than a frame", "728#0F7E00", nil},
		{"empty", "728#", nil},
		{"a remote frame", "728#R", nil},
	} {
		t.Run(row.rule, func(t *testing.T) {
			var got []source
			for from := range answers(frame(t, row.frame)) {
				got = append(got, from)
			}
			require.Equal(t, row.want, got)
		})
	}
}

// Each address comes once, and before that on which it usually answers.
func TestEverywhere(t *testing.T) {
	place := map[transport.Address]int{}
	all := everywhere()
	for i, p := range all {
		require.NotContains(t, place, requestSide(p.Address), p.Address)
		place[requestSide(p.Address)] = i
	}
	require.Len(t, all, 0x200-1+0x20+0xFF+0xFE+0xFF, "7DF, F1 and DF are left out")
	for _, row := range []struct {
		offset  uint32
		first   uint32
		last    uint32
		between int
	}{
		{0x400, 0x240, 0x25F, 250},
		{8, 0x7E0, 0x7E7, 300},
		{8, 0x700, 0x707, 300},
		{0x20, 0x740, 0x75F, 30},
		{0xFFFFFF00, 0x740, 0x77F, 30},
	} {
		for tx := row.first; tx <= row.last; tx++ {
			before, after := place[transport.Address{TX: tx}], place[transport.Address{TX: tx + row.offset}]
			require.GreaterOrEqual(t, after-before, row.between, "%X", tx)
		}
	}
}

func probing() *scan {
	s := newScan(&bringup.Car{Bitrate: 500_000}, Options{})
	s.began = start
	s.pace = pace{share: 0.5, free: 500_000, since: start}
	for _, a := range []string{"720/728", "18DAC6F1/18DAF1C6", "6F1:61/661:F1", "750:C7/758:C7"} {
		p := newProbe(transport.MustAddress(a), guard.UDS, 0)
		s.note(p)
		s.hear(transport.Heard{Rx: can.Rx{Frame: p.frame, Time: start, Own: true}})
	}
	return s
}

// An answer belongs to the probes of the last P2.
func TestAnswerWithinP2(t *testing.T) {
	for after, want := range map[time.Duration]int{-1: 0, 0: 1, p2 - 1: 1, p2 + 1: 0} {
		s := probing()
		s.hear(transport.Heard{Rx: can.Rx{Frame: *frame(t, "728#027E00"), Time: start.Add(after)}})
		require.Len(t, s.order, want, "%v", after)
	}
}

// FuzzHear lets a bus say anything: nothing panics, only probes have answers,
// and nobody makes us keep more than a little.
func FuzzHear(f *testing.F) {
	f.Add(uint32(0x728), uint8(0), []byte{2, 0x7E, 0, 0, 0, 0, 0, 0})
	f.Add(uint32(0x661), uint8(0), []byte{0xF1, 3, 0x7F, 0x3E, 0x78})
	f.Add(uint32(0x758), uint8(0), []byte{0xC7, 0x21, 1, 2, 3, 4, 5, 6})
	f.Add(uint32(0x40), uint8(can.Error), []byte{})
	f.Fuzz(func(t *testing.T, id uint32, flags uint8, data []byte) {
		s := probing()
		expected := slices.Collect(maps.Keys(s.asked))
		h := transport.Heard{Rx: can.Rx{Frame: can.Frame{ID: id, Flags: can.Flags(flags)}, Time: start.Add(ms)}}
		h.Frame.Len = uint8(copy(h.Frame.Data[:], data))
		for range 2 * samples {
			s.hear(h)
			for _, c := range s.order {
				c.clock.address = transport.MustAddress("720/728")
				require.Contains(t, expected, c.from)
				require.LessOrEqual(t, len(c.clock.gaps)+len(c.clock.p2)+len(c.clock.p2Star), 3*samples)
			}
			h.Time = h.Time.Add(time.Microsecond)
		}
		require.LessOrEqual(t, len(s.order), 2)
		require.LessOrEqual(t, len(s.traffic), 1)
		s.result()
	})
}
