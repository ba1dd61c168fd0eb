package canlog_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/canlog"
)

func zeros(n int) string { return strings.Repeat("00", n) }

func bmw(f *can.Frame) bool { return f.ID >= 0x600 && f.ID <= 0x6FF }

func TestRedactKeepsWhatNamesAndBlanksWhatHolds(t *testing.T) {
	tests := []struct{ name, frame, want string }{
		{"request by DID", "726#032241A900000000", "726#032241A900000000"},
		{"single frame by DID", "72E#076241A901080000", "72E#076241A900000000"},
		{"single frame by local identifier", "785#066103AABBCCDD55", "785#0661030000000000"},
		{"PID", "7E8#03410C1A55555555", "7E8#03410C0000000000"},
		{"refusal", "7E8#037F2231AAAAAAAA", "7E8#037F223100000000"},
		{"trouble codes", "7E8#0643020301040000", "7E8#0643000000000000"},
		{"seed", "7E8#066711DEADBEEF00", "7E8#0667110000000000"},
		{"service alone", "7E8#017EAAAAAAAAAAAA", "7E8#017E000000000000"},
		{"announced shorter than its identifier", "7E8#0262F190AAAAAAAA", "7E8#0262F10000000000"},
		{"first frame", "7E8#1014490201574241", "7E8#1014490200000000"},
		{"first frame by DID", "7E8#101462F190574241", "7E8#101462F190000000"},
		{"consecutive frame", "7E8#2157424130303030", "7E8#2100000000000000"},
		{"flow control", "7E0#3008140123456789", "7E0#3008140000000000"},
		{"29-bit", "18DAF110#0762F19041424344", "18DAF110#0762F19000000000"},
		{"29-bit functional", "18DB33F1#0209020000000000", "18DB33F1#0209020000000000"},
		{"GM", "244#021A900000000000", "244#021A900000000000"},
		{"extended, single frame", "661#F10662D091414243", "661#F10662D091000000"},
		{"extended, first frame", "661#F1101362D05A4142", "661#F1101362D05A0000"},
		{"extended, consecutive frame", "661#F121414243444546", "661#F121000000000000"},
		{"extended, flow control", "6F1#6130000055555555", "6F1#6130000000000000"},
		{"CAN FD single frame", "7E8##1000A62F19041424344454647", "7E8##1000A62F190" + zeros(7)},
		{"CAN FD first frame", "7E8##1101462F1904142434445464748494A4B4C4D4E4F", "7E8##1101462F190" + zeros(15)},
		{"escape form", "7E8#10000000100062F1", "7E8#10000000100062F1"},

		{"the car's own traffic", "3B3#0762F19041424344", "3B3#0000000000000000"},
		{"the car's own 29-bit traffic", "0EF50000#0762F19041424344", "0EF50000#0000000000000000"},
		{"unknown service", "7E8#0799414243444546", "7E8#0000000000000000"},
		{"unknown PCI", "7E8#4757424130303030", "7E8#0000000000000000"},
		{"single frame of length 0", "7E8#0062F19041424344", "7E8#0000000000000000"},
		{"single frame of length 8", "7E8#0862F19041424344", "7E8#0000000000000000"},
		{"first frame of length 7", "7E8#100762F190414243", "7E8#0000000000000000"},
		{"address byte alone", "661#F1", "661#00"},
		{"PCI alone", "7E8#07", "7E8#00"},
		{"nothing", "7E8#", "7E8#"},
		{"remote", "7E8#R8", "7E8#R8"},
		{"a controller's report", "20000080#0102030405060708", "20000080#0102030405060708"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := can.ParseFrame(tt.frame)
			require.NoError(t, err)
			canlog.Redact(bmw)(&f)
			require.Equal(t, tt.want, f.String())
		})
	}
}

func TestRedactWithoutAddressBytes(t *testing.T) {
	f := can.NewFrame(0x661, 0xF1, 6, 0x62, 0xD0, 0x91, 0x41, 0x42, 0x43)
	canlog.Redact(nil)(&f)
	require.Equal(t, "661#0000000000000000", f.String())
}

// Identifier, flags, length and time stay; at most ten bytes do, and each is
// either as it was or 00.
func TestRedactKeepsTheShapeOfAnyFrame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := drawFrame(t)
		after := before
		canlog.Redact(func(*can.Frame) bool { return rapid.Bool().Draw(t, "addressed") })(&after)
		require.Equal(t, before.ID, after.ID)
		require.Equal(t, before.Flags, after.Flags)
		require.Equal(t, before.Len, after.Len)
		if before.Is(can.Error) {
			return
		}
		require.Zero(t, bytes.Trim(after.Data[10:], "\x00"))
		n := len(bytes.TrimRight(after.Payload(), "\x00"))
		require.Equal(t, before.Data[:n], after.Data[:n])
	})
}

func TestARedactingWriterLeavesItsCallersFrameAlone(t *testing.T) {
	for _, form := range []canlog.Form{canlog.Log, canlog.PcapNG} {
		var out bytes.Buffer
		w := form.NewWriter(&out, "untether", canlog.Redact(nil))
		rx := can.Rx{Frame: can.NewFrame(0x72E, 7, 0x62, 0x41, 0xA9, 1, 8), Time: time.Unix(3, 0)}
		require.NoError(t, w.Write(&rx))
		require.NoError(t, w.Flush())
		require.Equal(t, []string{"untether 72E#076241A90000"}, heard(t, &out))
		require.Equal(t, "72E#076241A90108", rx.Frame.String())
	}
}
