package passive_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/passive"
)

// cyclic is one frame that a car sends all the time.
type cyclic struct {
	id     uint32
	period time.Duration
	data   func(n int) []byte
}

// drive puts a minute of cyclic frames in order.
func drive(frames ...cyclic) (all []can.Rx) {
	start := time.Unix(1000, 0)
	for at := range int(time.Minute / time.Millisecond) {
		now := time.Duration(at) * time.Millisecond
		for i, c := range frames {
			if phase := time.Duration(i) * time.Millisecond; now >= phase && (now-phase)%c.period == 0 {
				f := can.NewFrame(c.id, c.data(int((now-phase)/c.period))...)
				all = append(all, can.Rx{Frame: f, Time: start.Add(now)})
			}
		}
	}
	return all
}

func constant(b ...byte) func(int) []byte { return func(int) []byte { return b } }

func TestACarsOwnTrafficIsNoConversation(t *testing.T) {
	const ms = time.Millisecond
	counter := func(at int, b ...byte) func(int) []byte {
		return func(n int) []byte {
			c := append([]byte(nil), b...)
			c[at] = byte(n)
			return c
		}
	}
	tests := []struct {
		name   string
		frames []cyclic
	}{
		{"constant requests and unasked answers", []cyclic{
			{0x726, 100 * ms, constant(3, 0x22, 0x41, 0xA9, 0, 0, 0, 0)},
			{0x72E, 70 * ms, constant(5, 0x62, 0x41, 0xA9, 1, 8, 0, 0)},
		}},
		{"constant requests, a rare answer", []cyclic{
			{0x726, 100 * ms, constant(3, 0x22, 0x41, 0xA9, 0, 0, 0, 0)},
			{0x72E, 5000 * ms, constant(5, 0x62, 0x41, 0xA9, 1, 8, 0, 0)},
		}},
		{"constants in step that foretell little", []cyclic{
			{0x726, 100 * ms, constant(2, 0x3E, 0, 0, 0, 0, 0, 0)},
			{0x72E, 100 * ms, constant(2, 0x7E, 0, 0, 0, 0, 0, 0)},
		}},
		{"strangers in step that foretell little", []cyclic{
			{0x3A0, 100 * ms, constant(3, 0x22, 0x41, 0xA9, 0, 0, 0, 0)},
			{0x3B7, 100 * ms, constant(3, 0x7F, 0x22, 0x31, 0, 0, 0, 0)},
		}},
		{"counter in a DID", []cyclic{
			{0x726, 20 * ms, counter(3, 3, 0x22, 0x41, 0, 0, 0, 0, 0)},
			{0x72E, 20 * ms, constant(5, 0x62, 0x41, 0xA9, 1, 8, 0, 0)},
		}},
		{"counters in both DIDs, out of step", []cyclic{
			{0x726, 20 * ms, counter(3, 3, 0x22, 0x41, 0, 0, 0, 0, 0)},
			{0x72E, 30 * ms, counter(3, 5, 0x62, 0x41, 0, 1, 8, 0, 0)},
		}},
		{"counter in the PCI", []cyclic{
			{0x7E0, 10 * ms, counter(0, 0, 0x01, 0x0C, 0, 0, 0, 0, 0)},
			{0x7E8, 10 * ms, counter(0, 0, 0x41, 0x0C, 0, 0, 0, 0, 0)},
		}},
		{"counter in the service", []cyclic{
			{0x7E0, 10 * ms, counter(1, 2, 0, 0, 0, 0, 0, 0, 0)},
			{0x7E8, 10 * ms, counter(1, 2, 0x40, 0, 0, 0, 0, 0, 0)},
		}},
		{"first frames and their like", []cyclic{
			{0x6A0, 50 * ms, constant(0x10, 0x14, 0x22, 0xF1, 0x90, 0xF1, 0x8C, 0)},
			{0x6A8, 50 * ms, constant(0x10, 0x14, 0x62, 0xF1, 0x8C, 0x41, 0x42, 0)},
			{0x6A1, 50 * ms, counter(0, 0x20, 0, 0, 0, 0, 0, 0, 0)},
			{0x6A9, 50 * ms, constant(0x30, 0, 0, 0, 0, 0, 0, 0)},
		}},
		{"refusals and pending answers, unasked", []cyclic{
			{0x7E8, 50 * ms, constant(3, 0x7F, 0x22, 0x78, 0, 0, 0, 0)},
			{0x7E9, 50 * ms, constant(3, 0x7F, 0x22, 0x31, 0, 0, 0, 0)},
			{0x7E0, 3000 * ms, constant(3, 0x22, 0xF1, 0x90, 0, 0, 0, 0)},
		}},
		{"extended look-alikes", []cyclic{
			{0x6F1, 100 * ms, constant(0x61, 3, 0x22, 0xD0, 0x5A, 0, 0, 0)},
			{0x661, 60 * ms, constant(0xF1, 5, 0x62, 0xD0, 0x5A, 1, 2, 0)},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Empty(t, addresses(hear(drive(tt.frames...))))
		})
	}
}

// noise gives cyclic frames of many kinds on identifiers that no conversation
// of the tests uses, many of them shaped like ISO-TP.
func noise(seed uint64) []cyclic {
	rnd := rand.New(rand.NewPCG(seed, 1))
	sids := []byte{0x01, 0x03, 0x10, 0x21, 0x22, 0x3E, 0x41, 0x50, 0x61, 0x62, 0x7E, 0x7F}
	var all []cyclic
	for i := range 60 {
		base := make([]byte, 8)
		for j := range base {
			base[j] = byte(rnd.IntN(256))
		}
		if i%2 == 0 {
			base[0], base[1], base[2] = byte(1+rnd.IntN(7)), sids[rnd.IntN(len(sids))], byte(rnd.IntN(3))
		}
		varying := rnd.IntN(16)
		all = append(all, cyclic{
			id: uint32(0x100 + rnd.IntN(0x600)), period: time.Duration(10+rnd.IntN(500)) * time.Millisecond,
			data: func(n int) []byte {
				b := append([]byte(nil), base...)
				if varying < 8 {
					b[varying] += byte(n)
				} else if varying < 12 {
					b[varying-8] = byte(rnd.IntN(256))
				}
				return b
			},
		})
	}
	return all
}

func TestManyCarsThatNobodyAsks(t *testing.T) {
	for seed := range uint64(12) {
		require.Empty(t, addresses(hear(drive(noise(seed)...))), "seed %d", seed)
	}
}

// segments cuts a message into classic frames as ISO-TP has them.
func segments(head string, msg []byte) (own []string) {
	room := 8
	if !strings.HasSuffix(head, "#") {
		room-- // for the address byte
	}
	if len(msg) < room {
		return []string{fmt.Sprintf("%s%02X%X", head, len(msg), msg)}
	}
	own = append(own, fmt.Sprintf("%s1%03X%X", head, len(msg), msg[:room-2]))
	msg = msg[room-2:]
	for n := 1; len(msg) > 0; n++ {
		cut := min(len(msg), room-1)
		own = append(own, fmt.Sprintf("%s2%X%X", head, n&0xF, msg[:cut]))
		msg = msg[cut:]
	}
	return own
}

// talk plays one exchange with flow control, and gives what was said.
func talk(r *tape, request, response string, ask, answer []byte) passive.Exchange {
	long := func(from, to string, msg []byte) (first, last time.Time) {
		for i, f := range segments(from, msg) {
			if i == 1 {
				r.add(to + "300000")
			}
			last = r.now
			if i == 0 {
				first = r.now
			}
			r.add(f)
		}
		return first, last
	}
	x := passive.Exchange{Request: ask, Response: answer}
	_, x.Sent = long(request, response, ask)
	x.First, x.Last = long(response, request, answer)
	return x
}

// Whatever is said, and whatever else is on the bus, is heard as it was said.
func TestAConversationIsHeardThroughTheNoise(t *testing.T) {
	roads := []struct{ request, response, address string }{
		{"7E0#", "7E8#", "7E0/7E8"},
		{"71A#", "784#", "71A/784"},
		{"18DA10F1#", "18DAF110#", "18DA10F1/18DAF110"},
		{"6F1#61", "661#F1", "6F1:61/661:F1"},
		{"750#C7", "758#C7", "750:C7/758:C7"},
		{"18CE40F1#AB", "18CEF140#AB", "18CE40F1:AB/18CEF140:AB"},
		{"18DA40F1#40", "18DAF140#F1", "18DA40F1:40/18DAF140:F1"},
		{"7E0##0", "7E8##0", "7E0/7E8@fd"},
	}
	rapid.Check(t, func(rt *rapid.T) {
		road := rapid.SampledFrom(roads).Draw(rt, "road")
		r := newTape(t)
		var want []passive.Exchange
		for n := range rapid.IntRange(2, 12).Draw(rt, "exchanges") {
			data := rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(rt, "data")
			ask, answer := []byte{0x22, 0xF1, byte(n)}, append([]byte{0x62, 0xF1, byte(n)}, data...)
			if rapid.Bool().Draw(rt, "write") {
				ask, answer = append([]byte{0x2E, 0xF1, byte(n)}, data...), []byte{0x6E, 0xF1, byte(n)}
			}
			want = append(want, talk(r, road.request, road.response, ask, answer))
		}
		frames := interleave(rt, r.frames)
		units := hear(frames)
		require.Equal(rt, []string{road.address}, addresses(units))
		require.Empty(rt, cmp.Diff(want, units[0].Exchanges))
	})
}

// interleave puts noise between the frames of a conversation.
func interleave(t *rapid.T, frames []can.Rx) (all []can.Rx) {
	seed := rapid.Uint64().Draw(t, "noise")
	rnd := rand.New(rand.NewPCG(seed, 2))
	cyclics := noise(seed)
	for i := range frames {
		for range rnd.IntN(4) {
			c := cyclics[rnd.IntN(len(cyclics))]
			if c.id >= 0x600 {
				continue // a car keeps its diagnostic identifiers free
			}
			all = append(all, can.Rx{Frame: can.NewFrame(c.id, c.data(i)...), Time: frames[i].Time})
		}
		all = append(all, frames[i])
	}
	return all
}

// With frames of answers missing some is lost, but nothing is made up: an
// answer that is said to be whole is what was said.
func TestMissingFramesGiveNoFalseAnswers(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := newTape(t)
		said := map[string]string{}
		for n := range rapid.IntRange(5, 30).Draw(rt, "exchanges") {
			ask := []byte{0x22, 0xF1, byte(n)}
			answer := append([]byte{0x62, 0xF1, byte(n)}, rapid.SliceOfN(rapid.Byte(), 1, 60).Draw(rt, "data")...)
			said[string(ask)] = string(answer)
			talk(r, "726#", "72E#", ask, answer)
		}
		lost := rapid.SliceOfN(rapid.IntRange(0, 9), len(r.frames), len(r.frames)).Draw(rt, "lost")
		var left []can.Rx
		for i, rx := range r.frames {
			if lost[i] > 0 || rx.Frame.ID == 0x726 && rx.Frame.Data[0] != 0x30 {
				left = append(left, rx)
			}
		}
		for _, u := range hear(left) {
			require.Equal(rt, "726/72E", u.Address.String())
			for _, x := range u.Exchanges {
				if x.Outcome == passive.Answered {
					require.Equal(rt, said[string(x.Request)], string(x.Response))
				}
			}
		}
	})
}

func TestAFewMissingFramesHideNoUnit(t *testing.T) {
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		r := newTape(t)
		for n := range 40 {
			talk(r, "726#", "72E#", []byte{0x22, 0xF1, byte(n)}, append([]byte{0x62, 0xF1, byte(n)}, make([]byte, rnd.IntN(40))...))
		}
		var left []can.Rx
		for _, rx := range r.frames {
			if rnd.IntN(20) > 0 {
				left = append(left, rx)
			}
		}
		require.Equal(t, []string{"726/72E"}, addresses(hear(left)), "seed %d", seed)
	}
}
