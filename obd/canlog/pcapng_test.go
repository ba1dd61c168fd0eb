package canlog_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/canlog"
)

func TestPcapNGIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []canlog.Record
		var out bytes.Buffer
		w := canlog.PcapNG.NewWriter(&out, "untether", nil)
		var ns int64
		for i := range rapid.IntRange(0, 20).Draw(t, "frames") {
			ns += rapid.Int64Range(0, 1e15).Draw(t, "gap")
			rx := can.Rx{Frame: drawFrame(t), Time: time.Unix(0, ns).UTC(), Own: rapid.Bool().Draw(t, "own")}
			require.NoError(t, w.Write(&rx))
			want = append(want, canlog.Record{Rx: rx, Interface: "untether", Line: i + 1})
		}
		require.NoError(t, w.Flush())
		require.Empty(t, cmp.Diff(want, readAll(t, bytes.NewReader(out.Bytes()))))
		require.Empty(t, cmp.Diff(want, readAll(t, bytes.NewReader(packed(t, out.Bytes())))))
	})
}

func packed(t require.TestingT, b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, err := z.Write(b)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return out.Bytes()
}

// heard is what a Reader says of a recording, one entry a call.
func heard(t require.TestingT, in io.Reader) (said []string) {
	r := canlog.NewReader(in)
	for {
		rec, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return said
		case err != nil:
			said = append(said, err.Error())
		default:
			said = append(said, rec.Interface+" "+rec.Rx.Frame.String())
		}
		require.Less(t, len(said), 100_000, "the reader does not come to an end")
	}
}
