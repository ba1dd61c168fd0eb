package canlog_test

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/canlog"
)

// wire is a bus of one: it may echo, and carries no frame with identifier 0.
type wire struct {
	echoes bool
	rx     chan can.Rx
}

func (b *wire) Echoes() bool { return b.echoes }

func (b *wire) Send(_ context.Context, f can.Frame) error {
	if f.ID == 0 {
		return can.ErrBusOffState
	}
	if b.echoes {
		b.rx <- can.Rx{Frame: f, Time: time.Now(), Own: true}
	}
	return nil
}

func (b *wire) Recv(ctx context.Context) (can.Rx, error) {
	select {
	case rx := <-b.rx:
		return rx, nil
	case <-ctx.Done():
		return can.Rx{}, ctx.Err()
	}
}

func (b *wire) Close() error { return nil }

// Virtual time begins at midnight UTC 2000-01-01.
func TestTapRecordsEachFrameOnce(t *testing.T) {
	const sent, received = "(946684800.000000) untether 7E0#01 T\n", "(946684801.000000) untether 7E8#02\n"
	for _, echoes := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			b := &wire{echoes: echoes, rx: make(chan can.Rx, 2)}
			var out bytes.Buffer
			w := canlog.NewWriter(&out, "untether")
			tap := canlog.Tap(b, w)
			require.Equal(t, echoes, can.Echoes(tap))

			require.ErrorIs(t, tap.Send(t.Context(), can.NewFrame(0)), can.ErrBusOffState)
			require.NoError(t, tap.Send(t.Context(), can.NewFrame(0x7E0, 1)))
			time.Sleep(time.Second)
			b.rx <- can.Rx{Frame: can.NewFrame(0x7E8, 2), Time: time.Now()}
			for range len(b.rx) {
				_, err := tap.Recv(t.Context())
				require.NoError(t, err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_, err := tap.Recv(ctx)
			require.ErrorIs(t, err, context.Canceled)
			require.NoError(t, w.Flush())
			require.Equal(t, sent+received, out.String())
		})
	}
}

func TestAFailingRecordingDoesNotDisturbTheBus(t *testing.T) {
	b := &wire{rx: make(chan can.Rx, 1)}
	w := canlog.NewWriter(&fullDisk{}, "untether")
	tap := canlog.Tap(b, w)
	for range 1000 {
		require.NoError(t, tap.Send(t.Context(), can.NewFrame(0x7E0, 1)))
	}
	b.rx <- can.Rx{Frame: can.NewFrame(0x7E8, 2), Time: time.Now()}
	_, err := tap.Recv(t.Context())
	require.NoError(t, err)
	require.ErrorIs(t, w.Flush(), errFull)
}

// TestTapOfTwoClocks: where our frames bear our time and the others' the
// adapter's, a step back of less than a second is the clocks' affair. A larger
// one is told, as is any of an adapter that stamps all frames itself.
func TestTapOfTwoClocks(t *testing.T) {
	for name, c := range map[string]struct {
		echoes bool
		behind time.Duration
		want   string
	}{
		"one tick below": {false, time.Second - time.Microsecond, "(946684800.000000) untether 7E8#02\n"},
		"one tick above": {false, time.Second + time.Microsecond, "(946684798.999999) untether 7E8#02\n"},
		"one clock":      {true, time.Millisecond, "(946684799.999000) untether 7E8#02\n"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := &wire{echoes: c.echoes, rx: make(chan can.Rx, 2)}
				var out bytes.Buffer
				w := canlog.NewWriter(&out, "untether")
				tap := canlog.Tap(b, w)
				require.NoError(t, tap.Send(t.Context(), can.NewFrame(0x7E0, 1)))
				b.rx <- can.Rx{Frame: can.NewFrame(0x7E8, 2), Time: time.Now().Add(-c.behind)}
				for range len(b.rx) {
					_, err := tap.Recv(t.Context())
					require.NoError(t, err)
				}
				require.NoError(t, w.Flush())
				require.Equal(t, "(946684800.000000) untether 7E0#01 T\n"+c.want, out.String())
			})
		})
	}
}
