package elm327_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/transport/transporttest"
)

// TestConformance says of each kind of dongle what it can carry.
func TestConformance(t *testing.T) {
	most := transporttest.Caps{Functional: true, Extended: true, MaxRequest: 4095, MaxResponse: 4095, Bubble: synctest.Test}
	for _, dongle := range velm.Names() {
		caps := most
		t.Run(dongle, func(t *testing.T) { transporttest.Run(t, opener(dongle), caps) })
	}
}

// opener gives a link over a dongle on a bus on which nobody is yet.
func opener(dongle string) func(t *testing.T) transporttest.Setup {
	return func(t *testing.T) transporttest.Setup {
		t.Helper()
		s := vbus.New(vbus.Config{Bitrate: 500_000})
		s.Attach("gateway") // acknowledges
		b := plug(t, dongle, attached(s), velm.Options{Seed: 1})
		t.Cleanup(func() {
			b.unplug()
			require.NoError(t, s.Close())
		})
		return transporttest.Setup{
			Link: b.join(500_000),
			Serve: func(t *testing.T, unit, functional transport.Address, handler func([]byte) [][]byte) {
				t.Helper()
				serve(t, s, unit, functional, handler)
			},
		}
	}
}

// serve is a unit on a segment.
func serve(t *testing.T, s *vbus.Segment, a, functional transport.Address, handler func([]byte) [][]byte) {
	t.Helper()
	l := isotp.NewLink(s.Attach(a.String()))
	mine := dial(t, l, a.Reversed().String())
	answer := func(from transport.Conn) {
		for {
			m, err := from.Recv(context.Background(), time.Hour)
			if err != nil {
				return
			}
			for _, answer := range handler(m.Data) {
				_ = mine.Send(context.Background(), answer, transport.Want{})
			}
		}
	}
	go answer(mine)
	if !functional.IsZero() {
		group, err := l.Dial(t.Context(), transport.Address{TX: a.RX, RX: functional.TX, RXLast: functional.TX, Extended: a.Extended}, transport.Params{})
		require.NoError(t, err)
		go answer(group)
	}
	t.Cleanup(func() { require.NoError(t, l.Close()) })
}
