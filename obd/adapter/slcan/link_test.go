package slcan_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/vslcan"
	"github.com/untether-obd/untether/obd/isotp"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/transport/transporttest"
)

// TestLinkConformance: whole messages over each dongle, and over one that
// loses acknowledges or cuts lines in pieces.
func TestLinkConformance(t *testing.T) {
	for name, o := range map[string]vslcan.Options{
		"lawicel": {}, "can232": {Name: "can232"}, "canable": {Name: "canable"}, "canable-2": {Name: "canable-2"},
		"chunked reads": {Fault: "chunked-reads"}, "full queue": {Fault: "full-queue"}, "no status": {Fault: "no-status"},
	} {
		t.Run(name, func(t *testing.T) {
			transporttest.Run(t, func(t *testing.T) transporttest.Setup {
				t.Helper()
				s := segment(t, 500_000)
				d := dongle(t, attach(s, true), o)
				link, err := d.Carry(openBus(t, d, at500k))
				require.NoError(t, err)
				return transporttest.Setup{
					Link: link,
					Serve: func(t *testing.T, unit, functional transport.Address, handler func([]byte) [][]byte) {
						t.Helper()
						serve(t, s, unit, functional, handler)
					},
				}
			}, transporttest.Caps{
				Functional: true, Extended: true, MaxRequest: 4095, MaxResponse: 4095,
				Bubble: func(t *testing.T, f func(t *testing.T)) { t.Helper(); synctest.Test(t, f) },
			})
		})
	}
}

// serve is a unit: what is asked on either address is answered on its own.
func serve(t *testing.T, s *vbus.Segment, unit, functional transport.Address, handler func([]byte) [][]byte) {
	t.Helper()
	link := isotp.NewLink(s.Attach(unit.String()))
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
		if err != nil {
			return
		}
		for _, reply := range handler(m.Data) {
			if to.Send(context.Background(), reply, transport.Want{}) != nil {
				return
			}
		}
	}
}
