package canlog_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/canlog"
)

func TestWriteGivesCandumpsForm(t *testing.T) {
	var out bytes.Buffer
	w := canlog.NewWriter(&out, "untether")
	for _, rx := range []can.Rx{
		{Frame: can.NewFrame(0x6F1, 0x61, 3, 0x22, 0xD0, 0x5A), Time: time.Unix(1732204044, 540800999), Own: true},
		{Frame: can.NewFrame(0x18DAF110, 2, 0x41), Time: time.Unix(1732204044, 541000000)},
		{Frame: can.Frame{ID: 0x123, Flags: can.FD | can.ESI, Len: 1}, Time: time.Unix(1732204045, 0)},
	} {
		require.NoError(t, w.Write(&rx))
	}
	require.Empty(t, out.Bytes(), "written before Flush")
	require.NoError(t, w.Flush())
	require.Equal(t, "(1732204044.540800) untether 6F1#610322D05A T\n"+
		"(1732204044.541000) untether 18DAF110#0241\n"+
		"(1732204045.000000) untether 123##200\n", out.String())
}

func TestWriteRefusesWhatCouldNotBeReadBack(t *testing.T) {
	now := time.Unix(1, 0)
	var out bytes.Buffer
	w := canlog.NewWriter(&out, "can0")
	require.ErrorIs(t, w.Write(&can.Rx{Frame: can.Frame{ID: 0x800}, Time: now}), can.ErrFrame)
	require.ErrorIs(t, w.Write(&can.Rx{}), canlog.ErrTime)
	require.NoError(t, w.Write(&can.Rx{Time: now}))
	require.NoError(t, w.Flush())
	require.Equal(t, "(1.000000) can0 000#\n", out.String())

	for _, iface := range []string{"", "two words", "can0\n", " can0", "can\x00", "can\xff", "can\x1b[m", strings.Repeat("x", 65)} {
		bad := canlog.NewWriter(io.Discard, iface)
		require.ErrorIs(t, bad.Write(&can.Rx{Time: now}), canlog.ErrInterface, "%q", iface)
		require.ErrorIs(t, bad.Flush(), canlog.ErrInterface)
	}
}

var errFull = errors.New("no space left on device")

type fullDisk struct{ calls int }

func (d *fullDisk) Write([]byte) (int, error) {
	d.calls++
	return 0, errFull
}

func TestAWriterKeepsTheFirstFailureOfItsDestination(t *testing.T) {
	disk := &fullDisk{}
	w := canlog.NewWriter(disk, "can0")
	require.NoError(t, w.Write(&can.Rx{Time: time.Unix(1, 0)}))
	require.ErrorIs(t, w.Flush(), errFull)
	require.ErrorIs(t, w.Write(&can.Rx{Time: time.Unix(1, 0)}), errFull)
	require.ErrorIs(t, w.Flush(), errFull)
	require.Equal(t, 1, disk.calls)
}

func drawFrame(t *rapid.T) can.Frame {
	f := can.Frame{Flags: rapid.SampledFrom([]can.Flags{
		0, can.Extended, can.Remote, can.Extended | can.Remote, can.FD, can.FD | can.BRS | can.ESI | can.Extended, can.Error,
	}).Draw(t, "flags")}
	limit := uint32(can.MaxID)
	if f.Is(can.Extended) || f.Is(can.Error) {
		limit = can.MaxExtendedID
	}
	f.ID = rapid.Uint32Max(limit).Draw(t, "id")
	f.Len = rapid.Uint8Max(can.MaxLen).Draw(t, "len")
	if f.Is(can.FD) {
		f.Len = can.LenOf(rapid.Uint8Max(15).Draw(t, "dlc"))
	}
	if !f.Is(can.Remote) {
		copy(f.Data[:], rapid.SliceOfN(rapid.Byte(), int(f.Len), int(f.Len)).Draw(t, "data"))
	}
	return f
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []canlog.Record
		var out bytes.Buffer
		w := canlog.NewWriter(&out, "can0")
		var us int64
		for i := range rapid.IntRange(0, 20).Draw(t, "frames") {
			us += rapid.Int64Range(0, 1e12).Draw(t, "gap")
			rx := can.Rx{Frame: drawFrame(t), Time: at(us), Own: rapid.Bool().Draw(t, "own")}
			require.NoError(t, w.Write(&rx))
			want = append(want, canlog.Record{Rx: rx, Interface: "can0", Line: i + 1})
		}
		require.NoError(t, w.Flush())
		require.Empty(t, cmp.Diff(want, readAll(t, &out)))
	})
}

func readAll(t require.TestingT, in io.Reader) (all []canlog.Record) {
	r := canlog.NewReader(in)
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		all = append(all, rec)
	}
}
