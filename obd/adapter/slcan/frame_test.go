package slcan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
)

var fd = can.Frame{ID: 0x123, Flags: can.FD | can.BRS, Len: 12, Data: [64]byte{1, 2, 3}}

var lineForms = []struct {
	rule  string
	line  string
	frame can.Frame
	stamp int
}{
	{"11 bits", "t7E8202FF", can.NewFrame(0x7E8, 2, 0xFF), noStamp},
	{"29 bits", "T18DAF1101AB", can.NewFrame(0x18DAF110, 0xAB), noStamp},
	{"a small 29-bit identifier", "T000001210", can.Frame{ID: 0x121, Flags: can.Extended}, noStamp},
	{"no data", "t1230", can.NewFrame(0x123), noStamp},
	{"remote", "r1238", can.Frame{ID: 0x123, Flags: can.Remote, Len: 8}, noStamp},
	{"remote, 29 bits", "R000001233", can.Frame{ID: 0x123, Flags: can.Remote | can.Extended, Len: 3}, noStamp},
	{"CAN FD", "d123101", can.Frame{ID: 0x123, Flags: can.FD, Len: 1, Data: [64]byte{1}}, noStamp},
	{"CAN FD, two rates", "b1239010203" + strings.Repeat("0", 18), fd, noStamp},
	{"with a time", "t12310AEA5F", can.NewFrame(0x123, 0x0A), 59_999},
	{"remote with a time", "r12380001", can.Frame{ID: 0x123, Flags: can.Remote, Len: 8}, 1},
}

func TestFrameLines(t *testing.T) {
	for _, c := range lineForms {
		t.Run(c.rule, func(t *testing.T) {
			f, stamp, ok := parseFrame([]byte(c.line))
			require.True(t, ok)
			require.Empty(t, cmp.Diff(c.frame, f))
			require.Equal(t, c.stamp, stamp)
			if stamp == noStamp {
				require.Equal(t, c.line, string(command(&f)))
			}
		})
	}
	f, _, ok := parseFrame([]byte("t7e8202ff"))
	require.True(t, ok, "small digits")
	require.Equal(t, can.NewFrame(0x7E8, 2, 0xFF), f)
}

func TestNoFrameLines(t *testing.T) {
	for rule, line := range map[string]string{
		"nothing": "", "no length": "t123", "a digit missing": "t12320", "a byte missing": "t1232AB",
		"a digit too many": "t1230A", "a byte too many": "t123000", "half a time": "t123012", "a time too long": "t123012345",
		"another letter": "x1230", "an identifier out of range": "t8000", "29 bits out of range": "T200000000",
		"nine bytes": "t1239001122334455667788", "no digits": "t12G0", "no data digits": "t1231GG", "data in a remote frame": "r123100",
		"no time": "t1230000G",
	} {
		t.Run(rule, func(t *testing.T) {
			_, _, ok := parseFrame([]byte(line))
			require.False(t, ok)
		})
	}
}

// FuzzFrame: what is read as a frame is a frame, and is written the same.
func FuzzFrame(f *testing.F) {
	for _, c := range lineForms {
		f.Add([]byte(c.line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		frame, stamp, ok := parseFrame(line)
		if !ok {
			return
		}
		require.NoError(t, frame.Validate())
		if stamp != noStamp {
			line = line[:len(line)-stampDigits]
		}
		require.Equal(t, strings.ToUpper(string(line[1:])), string(command(&frame))[1:])
		again, _, ok := parseFrame(command(&frame))
		require.True(t, ok)
		require.Equal(t, frame, again)
	})
}
