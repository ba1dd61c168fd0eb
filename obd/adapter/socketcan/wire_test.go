package socketcan

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
)

// bytesOf puts an identifier in the machine's byte order before bytes in hex,
// and fills up.
func bytesOf(tb testing.TB, id uint32, text string, n int) []byte {
	tb.Helper()
	b := make([]byte, n)
	binary.NativeEndian.PutUint32(b, id)
	rest, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	require.NoError(tb, err)
	copy(b[4:], rest)
	return b
}

func TestWire(t *testing.T) {
	for _, row := range []struct {
		name, frame string
		id          uint32
		bytes       string
		size        int
	}{
		{"11 bits", "7E8#0241", 0x7E8, "02000000 0241", size},
		{"29 bits", "18DAF110#01", 0x98DAF110, "01000000 01", size},
		{"an identifier that 11 bits would hold, in 29", "000007E8#01", 0x800007E8, "01000000 01", size},
		{"no payload", "123#", 0x123, "00000000", size},
		{"remote", "123#R", 0x40000123, "00000000", size},
		{"remote with a length", "18DAF110#R8", 0xD8DAF110, "08000000", size},
		{"an error frame", "20000020#0000000000007F00", 0x20000020, "08000000 0000000000007F00", size},
		{"CAN FD", "123##0AABB", 0x123, "02040000 AABB", sizeFD},
		{"CAN FD with a switch of the bit rate", "123##1" + strings.Repeat("5A", 64), 0x123, "40050000" + strings.Repeat("5A", 64), sizeFD},
		{"CAN FD from an error-passive sender", "18DAF110##2" + strings.Repeat("01", 12), 0x98DAF110, "0C060000" + strings.Repeat("01", 12), sizeFD},
	} {
		t.Run(row.name, func(t *testing.T) {
			f, err := can.ParseFrame(row.frame)
			require.NoError(t, err)
			want := bytesOf(t, row.id, row.bytes, row.size)
			b := [sizeFD]byte{9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9}
			require.Equal(t, row.size, encode(&b, &f))
			require.Equal(t, want, b[:row.size])
			var got can.Frame
			require.NoError(t, decode(want, &got))
			require.Equal(t, f, got)
		})
	}
}

func TestWireThatIsNoFrame(t *testing.T) {
	for _, row := range []struct {
		name  string
		bytes []byte
	}{
		{"nothing", nil},
		{"cut off", bytesOf(t, 0x123, "", size-1)},
		{"between the sizes", bytesOf(t, 0x123, "", size+1)},
		{"too long", bytesOf(t, 0x123, "", sizeFD+1)},
		{"9 bytes in a classic frame", bytesOf(t, 0x123, "09", size)},
		{"65 bytes in a CAN FD frame", bytesOf(t, 0x123, "41", sizeFD)},
		{"12 bits without being extended", bytesOf(t, 0x800, "", size)},
		{"an error frame of CAN FD", bytesOf(t, 0x20000020, "08", sizeFD)},
	} {
		t.Run(row.name, func(t *testing.T) {
			var f can.Frame
			require.ErrorIs(t, decode(row.bytes, &f), can.ErrFrame)
		})
	}
}

func TestALengthThatNoControllerSendsIsFilledUp(t *testing.T) {
	var f can.Frame
	require.NoError(t, decode(bytesOf(t, 0x123, "09000000"+strings.Repeat("FF", 64), sizeFD), &f))
	require.Equal(t, "123##0FFFFFFFFFFFFFFFFFF000000", f.String())
}

func FuzzDecode(f *testing.F) {
	f.Add(bytesOf(f, 0x7E8, "02000000 0241", size))
	f.Add(bytesOf(f, 0xD8DAF110, "08000000", size))
	f.Add(bytesOf(f, 0x20000040, "08000000 FF", size))
	f.Add(bytesOf(f, 0x98DAF110, "40070000 FF", sizeFD))
	f.Fuzz(func(t *testing.T, in []byte) {
		var first, again can.Frame
		if err := decode(in, &first); err != nil {
			require.ErrorIs(t, err, can.ErrFrame)
			return
		}
		require.NoError(t, first.Validate())
		var b [sizeFD]byte
		n := encode(&b, &first)
		require.Equal(t, len(in), n)
		require.NoError(t, decode(b[:n], &again))
		require.Equal(t, first, again)
	})
}
