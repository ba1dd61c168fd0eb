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
		if dongle == "clone-2.1" {
			caps.Functional = false // swallows what comes behind the 120th character: see TestCutAnswers
		}
		t.Run(dongle, func(t *testing.T) { transporttest.Run(t, opener(dongle), caps) })
	}
}

// TestCutAnswers: where a clone swallows the end of what a group says, that is
// noticed, and from then on the driver lets frames come a few at a time.
func TestCutAnswers(t *testing.T) {
	onBus(t, "clone-2.1", func(t *testing.T, b *bench, s *vbus.Segment) {
		t.Helper()
		group := transport.MustAddress("7DF/7E8-7EF")
		for _, a := range []string{"7E0/7E8", "7E1/7E9"} {
			serve(t, s, transport.MustAddress(a), group, func([]byte) [][]byte { return [][]byte{[]byte("49 02 01 WBAUN7C07HG104217 at " + a)} })
		}
		conn := dial(t, b.join(), "7DF/7E8-7EF")
		receive := func() (whole int, err error) {
			require.NoError(t, conn.Send(t.Context(), []byte{9, 2}, transport.Want{Answers: -1, Within: 250 * time.Millisecond}))
			for range 2 {
				m, failed := conn.Recv(t.Context(), 250*time.Millisecond)
				if failed != nil {
					err = failed
					continue
				}
				require.Equal(t, "49 02 01 WBAUN7C07HG104217 at "+m.From.String(), string(m.Data))
				whole++
			}
			return whole, err
		}
		_, err := receive()
		require.ErrorIs(t, err, transport.ErrOverrun)
		whole, err := receive()
		require.NoError(t, err)
		require.Equal(t, 2, whole)
	})
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
			Link: b.join(),
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
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	mine := dial(t, l, a.Reversed().String())
	go answer(mine, mine, handler)
	if !functional.IsZero() {
		group, err := l.Dial(t.Context(), transport.Address{TX: a.RX, RX: functional.TX, RXLast: functional.TX, Extended: a.Extended}, transport.Params{})
		require.NoError(t, err)
		go answer(group, mine, handler)
	}
}

// serveWith is a unit that asks for a flow of its own.
func serveWith(t *testing.T, s *vbus.Segment, address string, p transport.Params, handler func([]byte) [][]byte) {
	t.Helper()
	l := isotp.NewLink(s.Attach(address))
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	mine, err := l.Dial(t.Context(), transport.MustAddress(address).Reversed(), p)
	require.NoError(t, err)
	go answer(mine, mine, handler)
}

// answerer gives what sends as a unit, in addition to what serves there.
func answerer(t *testing.T, s *vbus.Segment, address string) func([]byte) {
	t.Helper()
	l := isotp.NewLink(s.Attach("more of " + address))
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	mine := dial(t, l, transport.MustAddress(address).Reversed().String())
	return func(b []byte) { _ = mine.Send(context.Background(), b, transport.Want{}) }
}

func answer(from, to transport.Conn, handler func([]byte) [][]byte) {
	for {
		m, err := from.Recv(context.Background(), time.Hour)
		if err != nil {
			return
		}
		for _, answer := range handler(m.Data) {
			_ = to.Send(context.Background(), answer, transport.Want{})
		}
	}
}
