package cantest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/can/cantest"
)

func TestRecorder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := vbus.New(vbus.Config{})
		defer s.Close()
		unit := s.Attach("unit")
		rec := cantest.Record(s.Attach("tester"))
		require.True(t, can.Echoes(rec))

		request, answer := can.NewFrame(0x7DF, 2, 9, 2), can.NewFrame(0x7E8, 3, 0x7F, 9, 0x12)
		require.NoError(t, rec.Send(t.Context(), request))
		require.NoError(t, unit.Send(t.Context(), answer))
		for range 2 {
			_, err := rec.Recv(t.Context())
			require.NoError(t, err)
		}
		require.Error(t, rec.Send(t.Context(), can.Frame{Len: 9}))
		require.NoError(t, rec.Close())
		_, err := rec.Recv(t.Context())
		require.ErrorIs(t, err, can.ErrClosed)

		at := time.Now()
		require.Equal(t, []cantest.Entry{
			{Sent: true, Rx: can.Rx{Frame: request, Time: at}},
			{Rx: can.Rx{Frame: request, Time: at, Own: true}},
			{Rx: can.Rx{Frame: answer, Time: at}},
		}, rec.Entries())
		require.Equal(t, []can.Frame{request}, rec.Sent())
		require.Equal(t, []can.Frame{answer}, rec.Received())
	})
}
