package canlog_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/canlog"
)

// times gives the time of each frame since 1970, and how often the clock ran
// backwards.
func times(t *testing.T, in io.Reader) (all []time.Duration, backwards int) {
	t.Helper()
	r := canlog.NewReader(in)
	for {
		rec, err := r.Next()
		var clock *canlog.ClockError
		var line *canlog.LineError
		switch {
		case errors.Is(err, io.EOF):
			return all, backwards
		case errors.As(err, &clock):
			backwards++
		case errors.As(err, &line):
		default:
			require.NoError(t, err)
			all = append(all, rec.Rx.Time.Sub(time.Unix(0, 0)))
		}
	}
}

func us(all ...int64) (d []time.Duration) {
	for _, n := range all {
		d = append(d, time.Duration(n)*time.Microsecond)
	}
	return d
}

func TestTimesOfTheConsole(t *testing.T) {
	date := time.Date(2024, 2, 29, 23, 59, 59, 999_999_000, time.UTC).UnixMicro()
	tests := []struct {
		rule      string
		lines     []string
		want      []time.Duration
		backwards int
	}{
		{
			"seconds since 1970",
			[]string{"(1732204044.540800)", "(1732204044.540801)"},
			us(1732204044540800, 1732204044540801), 0,
		},
		{"a date is UTC", []string{"(2024-02-29 23:59:59.999999)", "(2024-03-01 00:00:00.000000)"}, us(date, date+1), 0},
		{"since the first frame begins at 1970", []string{"(000.000000)", "(000.500000)", "(001.000000)"}, us(0, 500000, 1000000), 0},
		{"since the frame before is added up", []string{"(000.000000)", "(000.500000)", "(000.000250)"}, us(0, 500000, 500250), 0},
		{
			"since the frame before, of a line without a frame too",
			[]string{"(000.000000)", "(000.500000)", "(000.000100) can0 123 [1] x", "(000.000250)"},
			us(0, 500000, 500350), 0,
		},
		{"none is a full bus", []string{"", "", ""}, us(0, 250, 500), 0},
		{"none goes on from the last", []string{"(1732204044.540800)", ""}, us(1732204044540800, 1732204044541050), 0},
		{
			"a second recording since its first frame",
			[]string{"(000.000000)", "(000.500000)", "(001.500000)", "(000.000000)", "(000.700000)", "(000.900000)", "(001.900000)", "(002.100000)", "(002.300000)", "(002.500000)", "(002.700000)"},
			us(0, 500000, 1500000, 0, 700000, 900000, 1900000, 2100000, 2300000, 2500000, 2700000), 1,
		},
		{
			"a second recording since the frame before",
			[]string{"(1732204044.540800)", "(000.000000)", "(000.000300)", "(000.000200)"},
			us(1732204044540800, 1732204044540800, 1732204044541100, 1732204044541300), 0,
		},
		{"running backwards", []string{"(1732204044.540800)", "(1732204044.540799)"}, us(1732204044540800, 1732204044540799), 1},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			var in strings.Builder
			for _, stamp := range tt.lines {
				in.WriteString(" " + stamp + "  can0  123   [1]  11\n")
			}
			got, backwards := times(t, strings.NewReader(in.String()))
			require.Equal(t, tt.want, got)
			require.Equal(t, tt.backwards, backwards)
		})
	}
}

// Of two interfaces frames are not always printed in order.
func TestTimesSinceTheFirstFrameMayDecreaseSometimes(t *testing.T) {
	var in strings.Builder
	var want []time.Duration
	for i := range 100 {
		n := int64(i) * 1000
		if i%10 == 9 {
			n -= 1500
		}
		fmt.Fprintf(&in, " (000.%06d)  can0  123   [1]  11\n", n)
		want = append(want, us(n)...)
	}
	got, backwards := times(t, strings.NewReader(in.String()))
	require.Equal(t, want, got)
	require.Equal(t, 10, backwards)
}

// Relative times that never end stay within what can be written.
func TestTimesOutOfRangeAreNoFrames(t *testing.T) {
	in := " (000.000000)  can0  123   [1]  11\n" + strings.Repeat(" (999999999.000000)  can0  123   [1]  11\n (999999998.000000)  can0  123   [1]  11\n", 60)
	got, backwards := times(t, strings.NewReader(in))
	require.Len(t, got, 101)
	require.Zero(t, backwards)
}

func TestTimesThatCannotBeReadBackAreNotWritten(t *testing.T) {
	for form, years := range map[canlog.Form][2]int{canlog.Log: {5138, 5139}, canlog.PcapNG: {2261, 2263}} {
		w := form.NewWriter(&bytes.Buffer{}, "can0", nil)
		last, beyond := time.Date(years[0], 1, 1, 0, 0, 0, 0, time.UTC), time.Date(years[1], 1, 1, 0, 0, 0, 0, time.UTC)
		require.NoError(t, w.Write(&can.Rx{Time: last}))
		require.ErrorIs(t, w.Write(&can.Rx{Time: beyond}), canlog.ErrTime)
		require.ErrorIs(t, w.Write(&can.Rx{Time: time.Unix(-1, 0)}), canlog.ErrTime)
	}
}
