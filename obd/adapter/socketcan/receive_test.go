//go:build linux

package socketcan

import (
	"encoding/binary"
	"slices"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/untether-obd/untether/obd/can"
)

// ancillaryOf is what the kernel gives with a frame: its kind and its words in
// the machine's byte order.
func ancillaryOf[T uint32 | uint64](kind int32, words ...T) []byte {
	var data []byte
	for _, w := range words {
		if unsafe.Sizeof(w) == 8 {
			data = binary.NativeEndian.AppendUint64(data, uint64(w))
		} else {
			data = binary.NativeEndian.AppendUint32(data, uint32(w))
		}
	}
	b := make([]byte, unix.CmsgSpace(len(data)))
	h := (*unix.Cmsghdr)(unsafe.Pointer(&b[0]))
	h.Level, h.Type = unix.SOL_SOCKET, kind
	h.SetLen(unix.CmsgLen(len(data)))
	copy(b[unix.CmsgLen(0):], data)
	return b
}

var (
	stamp     = ancillaryOf[uint64](unix.SCM_TIMESTAMPNS, 1_700_000_000, 123_456_789)
	stamp32   = ancillaryOf[uint32](unix.SCM_TIMESTAMPNS, 1_700_000_000, 123_456_789)
	drops     = ancillaryOf[uint32](unix.SO_RXQ_OVFL, 7)
	something = ancillaryOf[uint32](unix.SO_MARK, 9)
	at        = time.Unix(1_700_000_000, 123_456_789)
)

func TestTimesAndDrops(t *testing.T) {
	for _, row := range []struct {
		name    string
		control []byte
		at      time.Time
		dropped uint32
	}{
		{"nothing", nil, time.Time{}, 3},
		{"a time", stamp, at, 3},
		{"a time of 32 bits", stamp32, at, 3},
		{"drops", drops, time.Time{}, 7},
		{"both", slices.Concat(stamp, drops), at, 7},
		{"in the other order, with more between", slices.Concat(drops, something, stamp), at, 7},
		{"cut off", slices.Concat(stamp, drops[:len(drops)/2]), at, 3},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, dropped := ancillary(row.control, 3)
			require.Equal(t, row.at, got)
			require.Equal(t, row.dropped, dropped)
		})
	}
}

func FuzzAncillary(f *testing.F) {
	f.Add(slices.Concat(stamp, drops))
	f.Add(slices.Concat(stamp32, something))
	f.Fuzz(func(_ *testing.T, b []byte) { ancillary(b, 0) })
}

// received is a receiver that has read frames, each with a drop counter.
func received(t *testing.T, counters ...uint32) *receiver {
	t.Helper()
	a, _ := line(t)
	r := a.in
	for i, n := range counters {
		f := can.NewFrame(0x123, byte(i))
		r.messages[i].size = uint32(encode(&r.frames[i], &f))
		r.messages[i].head.SetControllen(copy(r.control[i][:], slices.Concat(stamp, ancillaryOf(unix.SO_RXQ_OVFL, n))))
	}
	r.n = len(counters)
	return r
}

func TestDropsAreToldWhereTheFramesAreMissing(t *testing.T) {
	r := received(t, 0, 2, 2, 5)
	var got []any
	for {
		rx, err := r.pop()
		if err == errEmpty { //nolint:errorlint // bare by contract
			break
		}
		if err != nil {
			got = append(got, err)
			continue
		}
		require.Equal(t, at, rx.Time)
		got = append(got, rx.Frame.Data[0])
	}
	require.Equal(t, []any{byte(0), &can.DroppedError{Count: 2}, byte(1), byte(2), &can.DroppedError{Count: 3}, byte(3)}, got)
}

func TestADropCounterThatRunsOver(t *testing.T) {
	r := received(t, 1)
	r.dropped = 0xFFFFFFFE
	_, err := r.pop()
	require.Equal(t, &can.DroppedError{Count: 3}, err)
	_, err = r.pop()
	require.NoError(t, err)
}

func TestOwnFramesAreTold(t *testing.T) {
	r := received(t, 0, 0)
	r.messages[1].head.Flags = unix.MSG_DONTROUTE | unix.MSG_CONFIRM
	r.messages[0].head.Flags = unix.MSG_DONTROUTE // another program's on this machine
	other, err := r.pop()
	require.NoError(t, err)
	require.False(t, other.Own)
	own, err := r.pop()
	require.NoError(t, err)
	require.True(t, own.Own)
}
