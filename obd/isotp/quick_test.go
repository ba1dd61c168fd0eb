package isotp

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// quick is a bus that confirms nothing, with a peer whose reaction to a frame
// is read before Send of that frame has returned.
type quick struct {
	react func(f can.Frame) []string
	t     *testing.T
	rx    chan can.Rx
	done  chan struct{}
}

func (q *quick) Send(_ context.Context, f can.Frame) error {
	for _, s := range q.react(f) {
		q.rx <- can.Rx{Frame: *frame(q.t, s), Time: time.Now()}
	}
	time.Sleep(tick) // whoever reads has read
	return nil
}

func (q *quick) Recv(context.Context) (can.Rx, error) {
	select {
	case rx := <-q.rx:
		return rx, nil
	case <-q.done:
		return can.Rx{}, can.ErrClosed
	}
}

func (q *quick) Close() error {
	close(q.done)
	return nil
}

// TestPeerFasterThanOurConfirmation: without an echo it is the end of Send that
// confirms a frame, and the peer may react before.
func TestPeerFasterThanOurConfirmation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &quick{t: t, rx: make(chan can.Rx, 8), done: make(chan struct{})}
		var sent []string
		q.react = func(f can.Frame) []string {
			sent = append(sent, f.String())
			switch f.Data[0] >> 4 {
			case pciFirst:
				return []string{"75C#300000"}
			case pciConsecutive:
				return []string{"75C#100A620102030405"}
			case pciFlowControl:
				return []string{"75C#2106070809"}
			}
			return nil
		}
		l := NewLink(q)
		conn := dial(t, l, "754/75C")
		require.NoError(t, conn.Send(t.Context(), count(8), transport.Want{}))
		m, err := conn.Recv(t.Context(), 50*time.Millisecond)
		require.NoError(t, err)
		require.Equal(t, []byte{0x62, 1, 2, 3, 4, 5, 6, 7, 8, 9}, m.Data)
		require.Equal(t, []string{"754#1008000102030405", "754#210607CCCCCCCCCC", "754#300000CCCCCCCCCC"}, sent)
		require.NoError(t, l.Close())
	})
}
