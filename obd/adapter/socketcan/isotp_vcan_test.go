//go:build vcan

package socketcan_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/transport/transporttest"
)

// carry opens an interface and puts a link upon it.
func carry(t *testing.T, uri string) adapter.CarriedLink {
	t.Helper()
	ad := open(t, uri)
	bus, err := ad.OpenBus(t.Context(), adapter.BusConfig{})
	require.NoError(t, err)
	l, err := ad.(adapter.Carrier).Carry(bus)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l
}

// serve is a unit on the interface: what is asked on either address is
// answered on its own.
func serve(t *testing.T, name string, unit, functional transport.Address, handler func([]byte) [][]byte) {
	t.Helper()
	link := isotp.NewLink(join(t, name))
	t.Cleanup(func() { require.NoError(t, link.Close()) })
	own, err := link.Dial(t.Context(), unit.Reversed(), transport.Params{})
	require.NoError(t, err)
	go answer(own, own, handler)
	if functional.IsZero() {
		return
	}
	to := transport.Address{TX: unit.RX, RX: functional.TX, RXLast: functional.TX}
	group, err := link.Dial(t.Context(), to, transport.Params{})
	require.NoError(t, err)
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
	name := vcan(t, "transport0")
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
