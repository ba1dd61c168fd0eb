package isotp

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

func report(class uint32, controller byte) can.Frame {
	f := can.Frame{ID: class, Flags: can.Error, Len: can.MaxLen}
	f.Data[1] = controller
	return f
}

// TestStats holds what a link counts of what it hears, once a unit at 754/75C
// and one of the group 7DF has answered.
func TestStats(t *testing.T) {
	for _, row := range []struct {
		rule  string
		heard can.Frame
		want  Stats
	}{
		{"an answer is nothing to count", *frame(t, "75C#037F2231"), Stats{}},
		{"other traffic neither", *frame(t, "123#0322F190"), Stats{}},
		{"a frame type that is none", *frame(t, "75C#F000"), Stats{Ignored: 1}},
		{"no data at all", *frame(t, "75C#"), Stats{Ignored: 1}},
		{"a remote frame", *frame(t, "75C#R8"), Stats{Ignored: 1}},
		{"a remote frame of somebody unknown", *frame(t, "123#R8"), Stats{}},
		{"a request of another tester", *frame(t, "754#023E00"), Stats{Testers: 1}},
		{"one to the group", *frame(t, "7DF#0209020000000000"), Stats{Testers: 1}},
		{"CAN FD", *frame(t, "123##0"), Stats{FD: 1}},
		{"a frame was destroyed", report(can.ErrProtocol|can.ErrBusError, 0), Stats{Errors: 1}},
		{"nobody acknowledged", report(can.ErrAck, 0), Stats{Unheard: 1}},
		{"the controller is error-passive", report(can.ErrController, 0x20), Stats{Passive: 1}},
		{"and active again", report(can.ErrController, 0x40), Stats{}},
	} {
		t.Run(row.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, _, l := open(t)
				peer := w.end()
				for address, answer := range map[string]string{"754/75C": "75C#027E00", "7DF/7E8-7EF": "7E8#0341000000"} {
					c := dial(t, l, address)
					require.NoError(t, c.Send(t.Context(), []byte{0x3E, 0}, transport.Want{}))
					inject(t, peer, answer)
					_, err := c.Recv(t.Context(), time.Second)
					require.NoError(t, err)
				}
				require.Zero(t, l.Stats())
				require.NoError(t, peer.Send(t.Context(), row.heard))
				synctest.Wait()
				require.Equal(t, row.want, l.Stats())
			})
		})
	}
}
