package elm327_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/obd/can"
)

// TestListen tells what is on the bus, in either format, and leaves no trace.
func TestListen(t *testing.T) {
	for _, name := range velm.Names() {
		for format, id := range map[string]uint32{"11 bit": 0x3B4, "29 bit": 0x18FEF100} {
			t.Run(name+" "+format, func(t *testing.T) {
				synctestBus(t, name, func(t *testing.T, b *bench, s *vbus.Segment) {
					t.Helper()
					frame := can.NewFrame(id, 1, 2, 3)
					stop := repeat(s, frame)
					defer stop()
					got := b.listen(500_000)
					require.NotEmpty(t, got)
					for _, f := range got {
						require.Equal(t, frame, f)
					}
					require.Empty(t, b.velm.Ledger().Frames)
				})
			})
		}
	}
}

func TestListenToNobody(t *testing.T) {
	everyDongle(t, func(t *testing.T, b *bench, _ *vbus.Segment) {
		t.Helper()
		began := time.Now()
		require.Empty(t, b.listen(500_000))
		require.GreaterOrEqual(t, time.Since(began), 300*time.Millisecond)
		require.Less(t, time.Since(began), 600*time.Millisecond)
	})
}

// TestListenAtTheWrongRate: what cannot be read is an error, never a frame.
func TestListenAtTheWrongRate(t *testing.T) {
	for _, name := range velm.Names() {
		t.Run(name, func(t *testing.T) {
			synctestBus(t, name, func(t *testing.T, b *bench, s *vbus.Segment) {
				t.Helper()
				stop := repeat(s, can.NewFrame(0x3B4, 1, 2, 3))
				defer stop()
				got := b.listen(250_000)
				require.NotEmpty(t, got)
				for _, f := range got {
					require.True(t, f.Is(can.Error))
				}
			})
		})
	}
}

// listen gives what is heard in the usual time.
func (b *bench) listen(bitrate int) (got []can.Frame) {
	b.t.Helper()
	err := b.dongle.Listen(b.t.Context(), bitrate, 300*time.Millisecond, func(rx can.Rx) { got = append(got, rx.Frame) })
	require.NoError(b.t, err)
	return got
}

// repeat sends a frame every 10 ms, in company that acknowledges.
func repeat(s *vbus.Segment, f can.Frame) (stop func()) {
	s.Attach("gateway")
	n := s.Attach("sender")
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			_ = n.Send(ctx, f)
			time.Sleep(10 * time.Millisecond)
		}
	}()
	return func() {
		cancel()
		<-done
		synctest.Wait()
	}
}
