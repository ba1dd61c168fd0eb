package socketcan

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/untether-obd/untether/obd/transport"
)

// through is what the kernel does with a filter that is not inverted.
func through(filters []unix.CanFilter, id uint32) bool {
	for _, f := range filters {
		if id&f.Mask == f.Id&f.Mask {
			return true
		}
	}
	return false
}

func TestHoles(t *testing.T) {
	for _, row := range []struct {
		address string
		in, out []uint32
	}{
		{"754/75C", []uint32{0x754, 0x75C}, []uint32{0x753, 0x755, 0x75B, 0x75D}},
		{"18DAC6F1/18DAF1C6", []uint32{0x18DAC6F1, 0x18DAF1C6}, []uint32{0x18DAC6F0, 0x18DAF1C7, 0x754}},
		{"6F1:61/661:F1", []uint32{0x6F1, 0x661}, []uint32{0x660, 0x6F0}},
		{"7DF/7E8-7EF", []uint32{0x7DF, 0x7E0, 0x7E7, 0x7E8, 0x7EF}, []uint32{0x7DE, 0x7F0}},
		{"7DF/7E9-7EA", []uint32{0x7DF, 0x7E1, 0x7E2, 0x7E9, 0x7EA}, []uint32{0x7DE, 0x7E4, 0x7EC}},
		{"18DB33F1/18DAF1xx", []uint32{0x18DB33F1, 0x18DA00F1, 0x18DAC6F1, 0x18DAFFF1, 0x18DAF100, 0x18DAF1FF}, []uint32{0x18DA0100, 0x18DB33F0, 0x18DAF200}},
		{"6F1:DF/600-6FF:F1", []uint32{0x6F1, 0x600, 0x6FF}, []uint32{0x5FF, 0x700}},
		{"18DB33F1/00000000-18DB33F0", []uint32{0, 0x754, 0x1FFFFFFF}, nil},
	} {
		t.Run(row.address, func(t *testing.T) {
			a := transport.MustAddress(row.address)
			all := holes(&a)
			for _, id := range row.in {
				require.True(t, through(all, canID(id, a.Extended)), "%X", id)
				require.True(t, through(all, canID(id, a.Extended)|unix.CAN_RTR_FLAG), "%X, remote", id)
				require.Equal(t, row.out == nil, through(all, canID(id, !a.Extended)), "%X, in the other form", id)
			}
			for _, id := range row.out {
				require.False(t, through(all, canID(id, a.Extended)), "%X", id)
			}
		})
	}
}
