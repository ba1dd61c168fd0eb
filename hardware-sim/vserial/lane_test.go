package vserial

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// burst is bytes that are written at a moment.
type burst struct {
	after time.Duration // since the one before
	bytes []byte
}

var bursts = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) burst {
	return burst{
		after: time.Duration(rapid.IntRange(0, 5_000_000).Draw(t, "after")),
		bytes: rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(t, "bytes"),
	}
}), 1, 8)

var bauds = rapid.OneOf(rapid.SampledFrom([]int{9600, 38400, 115200, 500000, 2000000}), rapid.IntRange(300, 3_000_000))

// carry sends bursts over a lane and looks at it at every step, and in between
// as often as eager says.
func carry(sent []burst, from, to int, eager int) []byte {
	l := newLane(1 << 20)
	now := time.Unix(1000, 0)
	at := func(time.Time) int { return to }
	for _, b := range sent {
		for i := range eager {
			l.settle(now.Add(b.after*time.Duration(i)/time.Duration(eager)), at)
		}
		now = now.Add(b.after)
		l.put(b.bytes, from, now)
	}
	l.settle(now.Add(time.Hour), at)
	return l.inbox
}

// What arrives is decided by the line, not by when somebody looks.
func TestWhatArrivesDoesNotDependOnWhoLooks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sent, from, to := bursts.Draw(t, "sent"), bauds.Draw(t, "from"), bauds.Draw(t, "to")
		late := carry(sent, from, to, 0)
		require.Equal(t, late, carry(sent, from, to, 7))

		var whole []byte
		for _, b := range sent {
			whole = append(whole, b.bytes...)
		}
		require.LessOrEqual(t, len(late), len(whole)*(to/from+2)*symbolBits, "a byte needs an edge")
		if from == to {
			require.True(t, bytes.Equal(whole, late))
		}
	})
}

func TestOneTickBeforeTheStopBitEndsNothingIsThere(t *testing.T) {
	l := newLane(16)
	begin := time.Unix(1000, 0)
	at := func(time.Time) int { return 9600 }
	l.put([]byte{0x55}, 9600, begin)
	end := begin.Add(halfBits(2*symbolBits, 9600))
	l.settle(end.Add(-1), at)
	require.Empty(t, l.inbox)
	l.settle(end, at)
	require.Equal(t, []byte{0x55}, l.inbox)
	require.Empty(t, l.wire, "nothing stays behind")
}

// What UARTs make of a neighbour's speed, worked out by hand.
func TestSamplesOfAWrongSpeed(t *testing.T) {
	for name, test := range map[string]struct {
		from, to  int
		sent, got []byte
	}{
		"each bit twice, nine low ones in the first byte": {9600, 19200, []byte{0x00}, []byte{0x00}},
		// 0 10101010 1: start, then 0 11 00 11 0, a stop bit that is low; from
		// the next edge 0 11 00 11 1
		"each bit twice, from edge to edge": {9600, 19200, []byte{0x55}, []byte{0x66, 0xE6}},
		// of 0 00001111 1 the samples meet d3, d6 and what comes after
		"every third bit": {28800, 9600, []byte{0xF0}, []byte{0xFE}},
		"idle is no byte": {9600, 19200, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.got, carry([]burst{{bytes: test.sent}}, test.from, test.to, 3))
		})
	}
}

func TestWhatNobodyReadsIsLost(t *testing.T) {
	l := newLane(16)
	l.put(bytes.Repeat([]byte("x"), inboxRoom+5), 0, time.Unix(1000, 0))
	require.Len(t, l.inbox, inboxRoom)
}

func TestSpeedsThroughTime(t *testing.T) {
	t0 := time.Unix(1000, 0)
	s := speeds{{baud: 9600}}
	s = s.change(t0.Add(10), 38400, t0)
	s = s.change(t0.Add(20), 115200, t0)
	require.Equal(t, 9600, s.at(t0.Add(9)))
	require.Equal(t, 38400, s.at(t0.Add(10)))
	require.Equal(t, 38400, s.at(t0.Add(19)))
	require.Equal(t, 115200, s.at(t0.Add(20)))
	require.Equal(t, 115200, s.latest())
	s = s.change(t0.Add(30), 500000, t0.Add(20))
	require.Len(t, s, 2, "what nobody asks for any more is forgotten")
	require.Equal(t, 115200, s.at(t0.Add(29)))
}
