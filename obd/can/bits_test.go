package can_test

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/untether-obd/untether/obd/can"
)

func parse(t *testing.T, text string) can.Frame {
	t.Helper()
	f, err := can.ParseFrame(text)
	require.NoError(t, err)
	return f
}

// The rows are counted by hand. The unstuffed part of a classic frame is SOF
// to CRC, 34 bits and the data (54 with a 29-bit identifier); delimiter, ACK,
// its delimiter, EOF and interframe space are 13 more. In CAN FD the CRC field
// has 4 + 17 bits and 6 fixed stuff bits (4 + 21 and 7 above 16 bytes).
func TestFrameBits(t *testing.T) {
	fives := strings.Repeat("55", 64)
	for _, row := range []struct {
		rule  string
		frame string
		want  can.Bits
	}{
		{"34 zeros, the CRC of zeros being 0: a stuff bit after each five", "000#", can.Bits{Nominal: 34 + 6 + 13}},
		{
			"RTR: 12 zeros (2 stuff bits), 1, 6 zeros (1), CRC 73C5 (none); the length asked for is no data",
			"000#R",
			can.Bits{Nominal: 34 + 3 + 13},
		},
		{
			"FD, no data: 14 zeros (2 stuff bits), FDF, 7 zeros (1), all at one rate",
			"000##0",
			can.Bits{Nominal: 22 + 3 + 27 + 13},
		},
		{
			"FD with BRS: the data phase is ESI to CRC delimiter; after five equal bits at its end comes the fixed bit alone",
			"000##1",
			can.Bits{Nominal: 17 + 2 + 12, Data: 5 + 27 + 1},
		},
		{"FD, 64 bytes, no five equal bits", "555##1" + fives, can.Bits{Nominal: 17 + 12, Data: 5 + 512 + 32 + 1}},
		{"FD, 16 bytes: the last length with CRC-17", "555##1" + fives[:32], can.Bits{Nominal: 29, Data: 5 + 128 + 27 + 1}},
		{"FD, 20 bytes: the first length with CRC-21", "555##1" + fives[:40], can.Bits{Nominal: 29, Data: 5 + 160 + 32 + 1}},
		{
			"FD, 64 zero bytes: 512 zeros with a stuff bit after each five",
			"555##1" + strings.Repeat("00", 64),
			can.Bits{Nominal: 29, Data: 5 + 512 + 102 + 32 + 1},
		},
		{"FD, 29-bit identifier: 18 ID bits and SRR more", "15555555##1", can.Bits{Nominal: 17 + 19 + 12, Data: 33}},
		{"FD, ESI and 8 zero bytes: 67 zeros with those of the DLC", "555##30000000000000000", can.Bits{Nominal: 29, Data: 5 + 64 + 13 + 28}},
	} {
		t.Run(row.rule, func(t *testing.T) {
			f := parse(t, row.frame)
			require.Equal(t, row.want, can.FrameBits(&f))
		})
	}
}

func TestFrameBitsAsCanUtilsCounts(t *testing.T) {
	file, err := os.Open("testdata/framelen.txt")
	require.NoError(t, err)
	defer file.Close()
	checked := 0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		var text string
		var want int
		_, err := fmt.Sscan(lines.Text(), &text, &want)
		require.NoError(t, err)
		f := parse(t, text)
		require.Equal(t, can.Bits{Nominal: want}, can.FrameBits(&f), text)
		checked++
	}
	require.Greater(t, checked, 150)
}

// The bounds for n bytes: no stuff bit at all, and one for the first five bits
// and every four after them.
func TestFrameBitsWithinBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := can.NewFrame(rapid.Uint32Range(0, can.MaxID).Draw(t, "id"), rapid.SliceOfN(rapid.Byte(), 0, 8).Draw(t, "data")...)
		least, stuffed := 47, 34
		if rapid.Bool().Draw(t, "extended") {
			f.Flags |= can.Extended
			f.ID = rapid.Uint32Range(0, can.MaxExtendedID).Draw(t, "wide id")
			least, stuffed = 67, 54
		}
		n := 8 * int(f.Len)
		got := can.FrameBits(&f).Nominal
		require.GreaterOrEqual(t, got, least+n)
		require.LessOrEqual(t, got, least+n+(stuffed+n-1)/4)

		f.Flags |= can.FD
		plain := can.FrameBits(&f)
		f.Flags |= can.BRS
		switched := can.FrameBits(&f)
		require.Zero(t, plain.Data)
		require.InDelta(t, plain.Nominal, switched.Nominal+switched.Data, 17, "BRS changes the rate, and by itself a few stuff bits")
	})
}

func TestDuration(t *testing.T) {
	b := can.Bits{Nominal: 30, Data: 500}
	require.Equal(t, 60*time.Microsecond+250*time.Microsecond, b.Duration(500_000, 2_000_000))
	require.Equal(t, 1060*time.Microsecond, b.Duration(500_000, 0), "without a data bit rate all is nominal")
	require.Zero(t, b.Duration(0, 2_000_000), "without a bit rate there is no time")
}
