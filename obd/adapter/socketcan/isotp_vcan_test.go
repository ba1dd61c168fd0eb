//go:build vcan

package socketcan

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/transport/transporttest"
)

// carry opens an interface and puts a link upon it.
func carry(t *testing.T, uri string) transport.Link {
	t.Helper()
	ad, err := adapter.Registry{"socketcan": Open}.Open(t.Context(), "socketcan:"+uri)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, ad.Close()) })
	beside, err := ad.(adapter.Controller).OpenBus(t.Context(), adapter.BusConfig{})
	require.NoError(t, err)
	l, err := ad.(adapter.Carrier).Carry(beside)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l
}

// serve is a unit on the interface: what is asked on either address is
// answered on its own.
func serve(t *testing.T, name string, unit, functional transport.Address, handler func([]byte) [][]byte) {
	t.Helper()
	link := ours(t, name)
	own := conversation(t, link, unit.Reversed(), transport.Params{})
	go answer(own, own, handler)
	if functional.IsZero() {
		return
	}
	to := transport.Address{TX: unit.RX, RX: functional.TX, RXLast: functional.TX}
	group := conversation(t, link, to, transport.Params{})
	go answer(group, own, handler)
}

// answer ends when its link is closed.
func answer(from, to transport.Conn, handler func([]byte) [][]byte) {
	for {
		m, err := from.Recv(context.Background(), time.Hour)
		if errors.Is(err, transport.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		for _, data := range handler(m.Data) {
			_ = to.Send(context.Background(), data, transport.Want{})
		}
	}
}

func TestVCANTransport(t *testing.T) {
	inOrder(t)
	name, _ := vcan(t, "transport0")
	run := func(t *testing.T, uri string, longest int) {
		t.Helper()
		transporttest.Run(t, func(t *testing.T) transporttest.Setup {
			t.Helper()
			return transporttest.Setup{
				Link: carry(t, uri),
				Serve: func(t *testing.T, unit, functional transport.Address, handler func([]byte) [][]byte) {
					t.Helper()
					serve(t, name, unit, functional, handler)
				},
			}
		}, transporttest.Caps{
			Functional: true, Extended: true, MaxRequest: longest, MaxResponse: longest,
			Bubble: func(t *testing.T, f func(t *testing.T)) { t.Helper(); f(t) },
		})
	}
	t.Run("user", func(t *testing.T) { run(t, name, 10_000) })
	t.Run("kernel", func(t *testing.T) { run(t, name+"?isotp=kernel", 8200) })
}
