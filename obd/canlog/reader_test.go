package canlog_test

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/canlog"
)

func at(us int64) time.Time { return time.UnixMicro(us).UTC() }

func TestNextReadsEveryFormOfLine(t *testing.T) {
	start := int64(1732204044540800)
	tests := []struct {
		name, line string
		want       canlog.Record
	}{
		{
			"11-bit", "(1732204044.540800) can0 455#0000000000000001",
			canlog.Record{Rx: can.Rx{Frame: can.NewFrame(0x455, 0, 0, 0, 0, 0, 0, 0, 1), Time: at(start)}, Interface: "can0"},
		},
		{
			"29-bit", "(1732204044.540800) vcan0 18DAF110#0241",
			canlog.Record{Rx: can.Rx{Frame: can.NewFrame(0x18DAF110, 2, 0x41), Time: at(start)}, Interface: "vcan0"},
		},
		{
			"29-bit identifier below 800", "(1732204044.540800) can0 00000455#",
			canlog.Record{Rx: can.Rx{Frame: can.Frame{ID: 0x455, Flags: can.Extended}, Time: at(start)}, Interface: "can0"},
		},
		{
			"remote", "(1732204044.540800) can0 123#R8",
			canlog.Record{Rx: can.Rx{Frame: can.Frame{ID: 0x123, Flags: can.Remote, Len: 8}, Time: at(start)}, Interface: "can0"},
		},
		{
			"CAN FD with bit rate switch", "(1732204044.540800) can0 123##1AABB",
			canlog.Record{
				Rx:        can.Rx{Frame: can.Frame{ID: 0x123, Flags: can.FD | can.BRS, Len: 2, Data: [64]byte{0xAA, 0xBB}}, Time: at(start)},
				Interface: "can0",
			},
		},
		{
			"error frame", "(1732204044.540800) can0 20000080#0000000000000000",
			canlog.Record{Rx: can.Rx{Frame: can.Frame{ID: can.ErrBusError, Flags: can.Error, Len: 8}, Time: at(start)}, Interface: "can0"},
		},
		{
			"received", "(1732204044.540800) can0 7E8#01 R",
			canlog.Record{Rx: can.Rx{Frame: can.NewFrame(0x7E8, 1), Time: at(start)}, Interface: "can0"},
		},
		{
			"sent by us", "(1732204044.540800) can0 7E0#01 T",
			canlog.Record{Rx: can.Rx{Frame: can.NewFrame(0x7E0, 1), Time: at(start), Own: true}, Interface: "can0"},
		},
		{
			"a colour without end", "(0.5) can0 7E8#0A \x1b[31",
			canlog.Record{Rx: can.Rx{Frame: can.NewFrame(0x7E8, 0xA), Time: at(500000)}, Interface: "can0"},
		},
		{
			"lower case, aligned, carriage return", "  (0.5)   can0   7e8#0a  \r",
			canlog.Record{Rx: can.Rx{Frame: can.NewFrame(0x7E8, 0xA), Time: at(500000)}, Interface: "can0"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := canlog.NewReader(strings.NewReader("\n" + tt.line + "\n\n"))
			rec, err := r.Next()
			require.NoError(t, err)
			tt.want.Line = 2
			require.Empty(t, cmp.Diff(tt.want, rec))
			_, err = r.Next()
			require.Equal(t, io.EOF, err)
		})
	}
}

func TestNextTellsALineWithoutFrameAndGoesOn(t *testing.T) {
	tests := []struct{ name, line, reason, text string }{
		{"prose", "hello", "not the form (SECONDS) INTERFACE FRAME", "hello"},
		{"no frame", "(1.000000) can0", "not the form (SECONDS) INTERFACE FRAME", "(1.000000) can0"},
		{"no parentheses", "1.000000 can0 123#", "no time in parentheses", "1.000000 can0 123"},
		{"no fraction", "(1) can0 123#", "no time in parentheses", "(1) can0 123"},
		{"empty seconds", "(.1) can0 123#", "no time in parentheses", "(.1) can0 123"},
		{"signed fraction", "(1.-1) can0 123#", "no time in parentheses", "(1.-1) can0 123"},
		{"ten digits of fraction", "(1.0000000000) can0 123#", "no time in parentheses", "(1.0000000000) can0 123"},
		{"twelve digits of seconds", "(100000000000.0) can0 123#", "no time in parentheses", "(100000000000.0) can0 123"},
		{"before 1970", "(-1.0) can0 123#", "no time in parentheses", "(-1.0) can0 123"},
		{"odd digits", "(1.0) can0 123#4", "not a valid frame", "(1.0) can0 123"},
		{"nine bytes", "(1.0) can0 123#112233445566778899", "not a valid frame", "(1.0) can0 123"},
		{"no #", "(1.0) can0 123", "not a valid frame", "(1.0) can0 123"},
		{"CAN XL", "(1.0) can0 123##" + "#00:00:00000000#11", "not a valid frame", "(1.0) can0 123"},
		{"no hexadecimal payload", "(1.0) can0 123#1G", "not a valid frame", "(1.0) can0 123"},
		{"21 digits of seconds", "(123456789012345678901.0) can0 123#", "no time in parentheses", ""},
		{"a date with other marks", "(2024/11/21 15:47:24.0) can0 123#", "no time in parentheses", ""},
		{"a date without digits", "(2024-1x-21 15:47:24.0) can0 123#", "no time in parentheses", ""},
		{"a name that a terminal would obey", "(1.0) c\a 123#11", "not the form (SECONDS) INTERFACE FRAME", "(1.0)"},
		{"unknown direction", "(1.0) can0 123#11 X", "more than a direction behind the frame", "(1.0) can0 123"},
		{"words behind the direction", "(1.0) can0 123#11 R x", "more than a direction behind the frame", "(1.0) can0 123"},
		{
			"long beyond the limit", "(1.0) can0 " + strings.Repeat("F", 5000),
			"line too long", "(1.0) can0",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := canlog.NewReader(strings.NewReader(tt.line + "\n(2.000000) can0 7E8#01"))
			_, err := r.Next()
			require.Equal(t, &canlog.LineError{Line: 1, Text: tt.text, Reason: tt.reason}, err)
			rec, err := r.Next()
			require.NoError(t, err)
			require.Equal(t, 2, rec.Line)
			require.Equal(t, "7E8#01", rec.Rx.Frame.String())
		})
	}
}

func TestALineErrorHoldsNoPayload(t *testing.T) {
	_, err := canlog.NewReader(strings.NewReader("(1.0) can0 7E8#1014490201574241zz")).Next()
	require.EqualError(t, err, `canlog: line 1: not a valid frame: "(1.0) can0 7E8"`)
}

func TestNextTellsAClockRunningBackwardsThenTheFrame(t *testing.T) {
	r := canlog.NewReader(strings.NewReader("(5.000000) can0 001#\n(4.999999) can0 002#\n(4.999999) can0 003#\n"))
	rec, err := r.Next()
	require.NoError(t, err)
	require.EqualValues(t, 1, rec.Rx.Frame.ID)

	_, err = r.Next()
	require.Equal(t, &canlog.ClockError{Line: 2, Back: time.Microsecond}, err)
	require.EqualError(t, err, "canlog: line 2: the clock runs backwards by 1µs")
	for _, id := range []uint32{2, 3} {
		rec, err = r.Next()
		require.NoError(t, err)
		require.Equal(t, id, rec.Rx.Frame.ID)
		require.EqualValues(t, id, rec.Line)
	}
	_, err = r.Next()
	require.Equal(t, io.EOF, err)
}

func TestNextPassesOnWhatTheSourceSays(t *testing.T) {
	broken := errors.New("medium error")
	r := canlog.NewReader(io.MultiReader(strings.NewReader("(1.0) can0 001#\n(1.0) c"), iotest.ErrReader(broken)))
	_, err := r.Next()
	require.NoError(t, err)
	_, err = r.Next()
	require.ErrorIs(t, err, broken)
	require.ErrorContains(t, err, "after line 1")
}

// A line of any length costs no memory.
func TestNextSkipsAnEndlessLineInConstantMemory(t *testing.T) {
	const length = 64 << 20
	r := canlog.NewReader(io.MultiReader(io.LimitReader(ones{}, length), strings.NewReader("\n(1.0) can0 001#\n")))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := r.Next()
	runtime.ReadMemStats(&after)
	require.ErrorContains(t, err, "line 1: line too long")
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
	rec, err := r.Next()
	require.NoError(t, err)
	require.Equal(t, 2, rec.Line)
}

func TestNextPassesOnWhatTheSourceSaysAmidALongLine(t *testing.T) {
	broken := errors.New("medium error")
	_, err := canlog.NewReader(io.MultiReader(io.LimitReader(ones{}, 1<<20), iotest.ErrReader(broken))).Next()
	require.ErrorIs(t, err, broken)
}

type ones struct{}

func (ones) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = '1'
	}
	return len(b), nil
}
