package passive_test

import (
	"encoding/binary"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/passive"
)

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// flood sends n frames made by data and gives what the listener keeps of it.
func flood(l *passive.Listener, n int, frame func(i int) can.Frame) (kept uint64) {
	before := heap()
	for i := range n {
		l.Observe(&can.Rx{Frame: frame(i), Time: time.UnixMilli(int64(i))})
	}
	after := heap()
	runtime.KeepAlive(l)
	return after - min(after, before)
}

func TestRequestsThatNobodyAnswersCostNoMemory(t *testing.T) {
	l := passive.NewListener()
	kept := flood(l, 500_000, func(int) can.Frame { return can.NewFrame(0x726, 3, 0x22, 0x41, 0xA9) })
	require.Less(t, kept, uint64(1<<20))
	require.False(t, l.Full())
}

func TestAnswersThatNobodyAskedForCostNoMemory(t *testing.T) {
	l := passive.NewListener()
	kept := flood(l, 500_000, func(i int) can.Frame {
		if i%2 == 0 {
			return can.NewFrame(0x72E, 0x1F, 0xFF, 0x62, 0x41, 0xA9, 0, 0, 0)
		}
		return can.NewFrame(0x72E, 0x21, 0, 0, 0, 0, 0, 0, 0)
	})
	require.Less(t, kept, uint64(1<<20))
	require.False(t, l.Full())
}

func TestIdentifiersAreBounded(t *testing.T) {
	l := passive.NewListener()
	kept := flood(l, 100_000, func(i int) can.Frame { return can.NewFrame(0x10000000+uint32(i), 3, 0x22, 0x41, 0xA9) })
	require.Less(t, kept, uint64(16<<20))
	require.True(t, l.Full())
	require.Empty(t, l.Units())
}

// Endpoints that turned out to be noise make room for others.
func TestNoiseMakesRoom(t *testing.T) {
	l := passive.NewListener()
	frame := func(i int) can.Frame {
		if i%16 == 0 {
			return can.NewFrame(0x10000000+uint32(i/16), 3, 0x22, 0x41, 0xA9)
		}
		return can.NewFrame(0x10000000+uint32(i/16), 0xFF)
	}
	flood(l, 16*20_000, frame)
	require.False(t, l.Full())
	for _, rx := range newTape(t).add("7E0#0322F190", "7E8#0462F19041").frames {
		l.Observe(&rx)
	}
	require.Equal(t, []string{"7E0/7E8"}, addresses(l.Units()))
}

// A conversation of any length: what does not fit is left out and told, and
// what was heard before stays.
func TestConversationsAreBounded(t *testing.T) {
	l := passive.NewListener()
	kept := flood(l, 400_000, func(i int) can.Frame {
		if i%2 == 0 {
			return can.NewFrame(0x726, 3, 0x22, 0x41, 0xA9)
		}
		return can.NewFrame(0x72E, 4, 0x62, 0x41, 0xA9, byte(i))
	})
	require.Less(t, kept, uint64(128<<20))
	require.True(t, l.Full())
	units := l.Units()
	require.Equal(t, []string{"726/72E"}, addresses(units))
	require.Greater(t, len(units[0].Exchanges), 100_000)
}

// A message of an announced 4 GiB is kept as far as 64 KiB and is torn.
func TestAnEndlessMessageIsBounded(t *testing.T) {
	l := passive.NewListener()
	l.Observe(&can.Rx{Frame: can.NewFrame(0x7E0, 2, 0x21, 0x00), Time: time.Unix(0, 0)})
	kept := flood(l, 200_000, func(i int) can.Frame {
		if i == 0 {
			return can.NewFrame(0x7E8, 0x10, 0, 0x7F, 0xFF, 0xFF, 0xFF, 0x61, 0x00)
		}
		return can.NewFrame(0x7E8, 0x20|byte(i&0xF), 1, 2, 3, 4, 5, 6, 7)
	})
	require.Less(t, kept, uint64(1<<20))
	units := l.Units()
	require.Equal(t, []string{"7E0/7E8"}, addresses(units))
	require.Equal(t, []passive.Outcome{passive.Torn}, outcomes(units[0]))
	require.Len(t, units[0].Exchanges[0].Response, 1<<16)
}

// FuzzObserve takes records of a choice of identifier, a pause and a frame.
func FuzzObserve(f *testing.F) {
	f.Add([]byte{
		0, 10, 4, 3, 0x22, 0xF1, 0x90, 1, 10, 8, 0x10, 9, 0x62, 0xF1, 0x90, 0x41, 0x42, 0x43,
		0, 1, 3, 0x30, 0, 0, 1, 1, 4, 0x21, 0x44, 0x45, 0x46,
	})
	f.Add([]byte{1, 10, 8, 0x10, 9, 0x62, 0xF1, 0x90, 0x41, 0x42, 0x43, 1, 1, 4, 0x21, 0x44, 0x45, 0x46})
	f.Add([]byte{2, 1, 3, 2, 1, 0xC, 1, 1, 4, 3, 0x41, 0xC, 0, 3, 1, 5, 0x61, 3, 0x22, 0xD0, 0x5A, 4, 1, 6, 0xF1, 4, 0x62, 0xD0, 0x5A, 1})
	ids := []uint32{
		0x7E0, 0x7E8, 0x7DF, 0x6F1, 0x661, 0x18DA10F1, 0x18DAF110, 0x18DB33F1, 0x300,
		0x726, 0x72E, 0x644, 0x18CE10F1, 0x18CEF110, 0x18CD33F1,
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		l := passive.NewListener()
		now := time.Unix(0, 0)
		for len(in) >= 3 {
			n := min(int(in[2]&0x3F), len(in)-3)
			now = now.Add(time.Duration(int8(in[1])) * 100 * time.Millisecond)
			l.Observe(&can.Rx{Frame: can.NewFrame(ids[int(in[0])%len(ids)], in[3:3+n]...), Time: now})
			in = in[3+n:]
		}
		for _, u := range l.Units() {
			requireSound(t, u)
		}
	})
}

// requireSound checks what holds of every unit.
func requireSound(t *testing.T, u passive.Unit) {
	t.Helper()
	require.NotEmpty(t, u.Exchanges)
	require.False(t, u.Address.Functional())
	require.NotEqual(t, u.Address.TX, u.Address.RX)
	for _, x := range u.Exchanges {
		require.NotEmpty(t, x.Asked())
		require.Equal(t, u.Heard == passive.OnlyAnswers, x.Request == nil)
		switch x.Outcome {
		case passive.Unasked:
			require.Equal(t, x.Asked()[0]+0x40, x.Response[0])
		case passive.Answered:
			require.Equal(t, x.Request[0]+0x40, x.Response[0])
		case passive.Refused:
			require.Equal(t, []byte{0x7F, x.Request[0]}, x.Response[:2])
			require.NotEqual(t, byte(0x78), x.Response[2])
		case passive.Torn:
			require.NotEmpty(t, x.Response)
		default:
			require.Nil(t, x.Response)
		}
	}
}

func BenchmarkObserve(b *testing.B) {
	rx := can.Rx{Frame: can.NewFrame(0x3B3, 0x41, 0, 0x12, 0x34, 0, 0, 0, 0)}
	l := passive.NewListener()
	for b.Loop() {
		binary.BigEndian.PutUint16(rx.Frame.Data[3:], uint16(b.N))
		l.Observe(&rx)
	}
}
