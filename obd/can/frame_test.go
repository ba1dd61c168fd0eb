package can_test

import (
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
)

func frame(id uint32, flags can.Flags, data ...byte) can.Frame {
	f := can.Frame{ID: id, Flags: flags, Len: uint8(len(data))}
	copy(f.Data[:], data)
	return f
}

var compact = []struct {
	rule  string
	text  string
	frame can.Frame
}{
	{"three digits are an 11-bit identifier", "7E8#0241", frame(0x7E8, 0, 0x02, 0x41)},
	{"no data", "000#", frame(0, 0)},
	{"eight digits are a 29-bit identifier", "18DAF110#03", frame(0x18DAF110, can.Extended, 3)},
	{"eight digits of a small number", "00000123#", frame(0x123, can.Extended)},
	{"remote frame", "123#R", frame(0x123, can.Remote)},
	{"remote frame with a length", "18DAF110#R8", can.Frame{ID: 0x18DAF110, Flags: can.Extended | can.Remote, Len: 8}},
	{"FD without bit rate switch", "123##0AABB", frame(0x123, can.FD, 0xAA, 0xBB)},
	{"FD with bit rate switch", "123##1", frame(0x123, can.FD|can.BRS)},
	{"FD with ESI", "123##2AA", frame(0x123, can.FD|can.ESI, 0xAA)},
	{"FD with both", "12345678##3AA", frame(0x12345678, can.FD|can.BRS|can.ESI|can.Extended, 0xAA)},
	{"FD of 12 bytes", "123##0000102030405060708090A0B", frame(0x123, can.FD, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)},
	{"bit 29 of the identifier marks an error frame", "20000020#0000190000", frame(can.ErrAck, can.Error, 0, 0, 0x19, 0, 0)},
}

func TestCompactForm(t *testing.T) {
	for _, row := range compact {
		t.Run(row.rule, func(t *testing.T) {
			require.Equal(t, row.text, row.frame.String())
			f, err := can.ParseFrame(row.text)
			require.NoError(t, err)
			require.Empty(t, cmp.Diff(row.frame, f))
		})
	}
}

func TestParseFrameReadsEitherCase(t *testing.T) {
	f, err := can.ParseFrame("7e8#02ab")
	require.NoError(t, err)
	require.Equal(t, frame(0x7E8, 0, 0x02, 0xAB), f)
}

func TestParseFrameRefuses(t *testing.T) {
	for rule, text := range map[string]string{
		"no separator":                      "123",
		"two digits of identifier":          "12#",
		"a sign":                            "+12#",
		"11-bit identifier above 7FF":       "800#",
		"29-bit identifier above 1FFFFFFF":  "80000000#",
		"half a byte":                       "123#1",
		"no hex":                            "123#GG",
		"nine bytes of a classic frame":     "123#000000000000000000",
		"nine bytes of an FD frame":         "123##0000000000000000000",
		"FD flags missing":                  "123##",
		"FD flags no hex":                   "123##G",
		"remote length above eight":         "123#R9",
		"remote length no number":           "123#RX",
		"error frame that is remote":        "20000004#R",
		"error frame that is FD":            "20000004##0AA",
		"error frame with a bit too many":   "60000004#",
		"64 bytes and one of an FD payload": "123##0" + strings.Repeat("00", 65),
	} {
		t.Run(rule, func(t *testing.T) {
			_, err := can.ParseFrame(text)
			require.ErrorIs(t, err, can.ErrFrame)
		})
	}
}

func FuzzParseFrame(f *testing.F) {
	for _, row := range compact {
		f.Add(row.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		first, err := can.ParseFrame(text)
		if err != nil {
			require.ErrorIs(t, err, can.ErrFrame)
			return
		}
		require.NoError(t, first.Validate())
		again, err := can.ParseFrame(first.String())
		require.NoError(t, err)
		require.Equal(t, first, again)
	})
}

func FuzzFrameString(f *testing.F) {
	f.Add(uint32(0x7E8), uint8(0), []byte{1, 2})
	f.Add(uint32(0x18DAF110), uint8(can.Extended|can.FD|can.BRS), make([]byte, 64))
	f.Add(uint32(can.ErrBusOff), uint8(can.Error), make([]byte, 8))
	f.Fuzz(func(t *testing.T, id uint32, flags uint8, data []byte) {
		in := can.Frame{ID: id, Flags: can.Flags(flags & 0x3F), Len: uint8(min(len(data), 0xFF))}
		if !in.Is(can.Remote) {
			copy(in.Data[:], data)
		}
		text := in.String()
		if in.Validate() != nil {
			return
		}
		out, err := can.ParseFrame(text)
		require.NoError(t, err)
		require.Equal(t, in, out)
	})
}

func TestValidate(t *testing.T) {
	for rule, f := range map[string]can.Frame{
		"11-bit identifier too wide":        frame(0x800, 0),
		"29-bit identifier too wide":        frame(1<<29, can.Extended),
		"classic frame of nine bytes":       {Len: 9},
		"FD frame of nine bytes":            {Len: 9, Flags: can.FD},
		"FD frame of 65 bytes":              {Len: 65, Flags: can.FD},
		"FD has no remote frames":           frame(1, can.FD|can.Remote),
		"BRS on a classic frame":            frame(1, can.BRS),
		"ESI on a classic frame":            frame(1, can.ESI),
		"error frame of nine bytes":         {Len: 9, Flags: can.Error},
		"error frame with another flag":     frame(1, can.Error|can.Extended),
		"error frame with a class too wide": frame(1<<29, can.Error),
	} {
		t.Run(rule, func(t *testing.T) { require.ErrorIs(t, f.Validate(), can.ErrFrame) })
	}
	for _, row := range compact {
		require.NoError(t, row.frame.Validate(), row.rule)
	}
}

func TestNewFrame(t *testing.T) {
	require.Equal(t, frame(0x7FF, 0, 1), can.NewFrame(0x7FF, 1))
	require.Equal(t, frame(0x800, can.Extended, 1), can.NewFrame(0x800, 1), "an identifier above 7FF is extended")
	long := can.NewFrame(1, make([]byte, 12)...)
	require.True(t, long.Is(can.FD), "more than eight bytes are FD")
	most := can.NewFrame(1, make([]byte, 100)...)
	require.Len(t, most.Payload(), can.MaxLenFD)
}

func TestDataLengthCode(t *testing.T) {
	for n := range uint8(65) {
		l := can.LenOf(can.DLCOf(n))
		require.GreaterOrEqual(t, l, n)
		if dlc := can.DLCOf(n); dlc > 0 {
			require.Less(t, can.LenOf(dlc-1), n, "%d has a shorter code", n)
		}
	}
	require.Equal(t, uint8(15), can.DLCOf(200))
}

func TestFilter(t *testing.T) {
	standard, extended, report := frame(0x7E8, 0), frame(0x7E8, can.Extended), frame(can.ErrAck, can.Error)
	for rule, row := range map[string]struct {
		filter can.Filter
		passes []bool // 7E8, 000007E8, error frame
	}{
		"one 11-bit identifier":    {can.Only(0x7E8, false), []bool{true, false, true}},
		"one 29-bit identifier":    {can.Only(0x7E8, true), []bool{false, true, true}},
		"another identifier":       {can.Only(0x7E9, false), []bool{false, false, true}},
		"bits out of the mask":     {can.Filter{ID: 0x7E0, Mask: 0x7F0}, []bool{true, false, true}},
		"no mask passes one width": {can.Filter{Extended: true}, []bool{false, true, true}},
	} {
		t.Run(rule, func(t *testing.T) {
			got := []bool{row.filter.Match(&standard), row.filter.Match(&extended), row.filter.Match(&report)}
			require.Equal(t, row.passes, got)
		})
	}
}

func TestErrors(t *testing.T) {
	require.EqualError(t, can.ErrClosed, "can: bus closed")
	require.EqualError(t, &can.DroppedError{Count: 3}, "can: 3 frames dropped: reader too slow")
	require.ErrorIs(t, can.ErrClosed, net.ErrClosed)
	require.NotErrorIs(t, can.ErrDown, net.ErrClosed)
}
