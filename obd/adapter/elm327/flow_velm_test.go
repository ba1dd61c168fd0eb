package elm327_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// TestFlowOfTheChip: without frames of our making the chip sends flow control,
// by what it was set to, at a pace at which it can print.
func TestFlowOfTheChip(t *testing.T) {
	for _, name := range []string{"elm-1.4b", "elm-2.2", "stn1110"} {
		t.Run(name, func(t *testing.T) {
			onBus(t, name, func(t *testing.T, b *bench, s *vbus.Segment) {
				t.Helper()
				b.dongle.Lacks()
				answer := make([]byte, 300)
				answer[0] = 0x62
				addresses := []string{"754/75C", "18DA42F1/18DAF142", "746/783"}
				link := b.join()
				for _, a := range addresses {
					serve(t, s, transport.MustAddress(a), transport.Address{}, func([]byte) [][]byte { return [][]byte{answer} })
					require.Equal(t, answer, ask(t, dial(t, link, a), 0x22, 0xF1, 0x90).Data)
				}
				for i, f := range flowControls(b.velm.Ledger().Frames) {
					require.Equal(t, transport.MustAddress(addresses[i]).TX, f.ID)
					require.Equal(t, []byte{0x30, 0}, f.Data[:2])
					require.Positive(t, f.Data[2], "no frames as fast as the unit can")
				}
			})
		})
	}
}

func flowControls(sent []can.Frame) (flow []can.Frame) {
	for _, f := range sent {
		if f.Data[0]>>4 == 3 {
			flow = append(flow, f)
		}
	}
	return flow
}

// TestWhatSuchAChipCannot is refused before anything is sent.
func TestWhatSuchAChipCannot(t *testing.T) {
	onBus(t, "elm-2.2", func(t *testing.T, b *bench, _ *vbus.Segment) {
		t.Helper()
		b.dongle.Lacks()
		link := b.join()
		sent := len(b.velm.Ledger().Frames)
		for _, a := range []string{"6F1:61/661:F1", "750:C7/758:C7", "6F1:DF/600-6FF:F1", "754/75C@fd"} {
			_, err := link.Dial(t.Context(), transport.MustAddress(a), transport.Params{})
			requireRefused(t, err, transport.ErrForm)
		}
		long := make([]byte, 8)
		err := dial(t, link, "754/75C").Send(t.Context(), long, transport.Want{Answers: 1, Within: time.Second})
		requireRefused(t, err, transport.ErrLength)
		requireRefused(t, dial(t, link, "7DF/7E8-7EF").Send(t.Context(), long, transport.Want{Answers: -1}), transport.ErrLength)
		require.Len(t, b.velm.Ledger().Frames, sent)
	})
}

func requireRefused(t *testing.T, err, why error) {
	t.Helper()
	var op *transport.OpError
	require.ErrorAs(t, err, &op)
	require.ErrorIs(t, err, why)
	require.Equal(t, transport.SentNo, op.Sent)
}
