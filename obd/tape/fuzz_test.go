package tape_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/tape"
	"github.com/untether-obd/untether/obd/transport"
)

// FuzzTape makes a recording of any bytes, twelve a frame. Whatever it holds,
// it is read to its end, and each request that it gives back can be asked.
func FuzzTape(f *testing.F) {
	f.Add([]byte("\x80\x00\x0A\x02\x3E\x00\x00\x00\x00\x00\x00\x00\x01\x08\x0A\x02\x7E\x00\x00\x00\x00\x00\x00\x00"))
	f.Add([]byte("\x80\x00\x0A\x10\x0E\x2E\x00\x00\x00\x00\x00\x00\x01\x08\x0A\x30\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var frames []can.Rx
		now := zero
		for ; len(b) >= 12; b = b[12:] {
			now = now.Add(time.Duration(int8(b[2])) * 10 * time.Millisecond)
			rx := can.Rx{Time: now, Own: b[0]&0x80 != 0, Frame: can.NewFrame(0x7D8+uint32(b[1]&0x1F), b[3:11]...)}
			if b[0]&0x40 != 0 {
				rx.Frame = can.NewFrame(0x600+uint32(b[1]), b[3:11]...)
			}
			frames = append(frames, rx)
		}
		r, err := tape.Read(t.Context(), source(frames))
		require.NoError(t, err)
		for _, address := range []string{"7DF/7E8-7EF", "7E0/7E8", "6F1:61/661:F1", "6F1:DF/600-6FF:F1"} {
			s, err := r.Open(t.Context(), transport.MustAddress(address))
			require.NoError(t, err)
			for _, rx := range frames {
				for _, ae := range []int{0, 1} {
					askFrame(t, s, rx.Frame.Data[ae:8])
				}
			}
		}
	})
}

func askFrame(t *testing.T, s *tape.Side, p []byte) {
	t.Helper()
	n := int(p[0])
	if n == 0 || n >= len(p) {
		return
	}
	a, err := s.Ask(p[1 : 1+n])
	if err != nil {
		require.ErrorIs(t, err, tape.ErrNeverAsked)
	}
	for _, e := range a.Events {
		require.GreaterOrEqual(t, e.Last, e.First)
		require.GreaterOrEqual(t, e.Last, time.Duration(0))
		require.NotEqual(t, e.Err == nil, len(e.Data) == 0)
	}
}
