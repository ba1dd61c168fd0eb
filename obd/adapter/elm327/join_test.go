package elm327_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
	"github.com/untether-obd/untether/obd/transport"
)

// TestBitrates: those of ISO 15765-4 every dongle has, others only an STN.
func TestBitrates(t *testing.T) {
	for name, every := range map[string]bool{"elm-2.2": false, "clone-1.5": false, "stn1110": true, "vlinker": true} {
		for _, rate := range []int{500_000, 250_000, 125_000} {
			t.Run(name+" "+time.Duration(rate).String(), func(t *testing.T) {
				atRate(t, name, rate, func(t *testing.T, b *bench) {
					t.Helper()
					l, err := b.dongle.Join(t.Context(), rate)
					if rate == 125_000 && !every {
						var fixed *adapter.FixedBitrateError
						require.ErrorAs(t, err, &fixed)
						require.Equal(t, 125_000, fixed.Wanted)
						return
					}
					require.NoError(t, err)
					require.Equal(t, []byte{0x3E, 0}, ask(t, dial(t, l, "754/75C"), 0x3E, 0).Data)
					require.Equal(t, []byte{0x3E, 1}, ask(t, dial(t, l, "18DA42F1/18DAF142"), 0x3E, 1).Data)
				})
			})
		}
	}
}

func atRate(t *testing.T, dongle string, rate int, run func(t *testing.T, b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		s := vbus.New(vbus.Config{Bitrate: rate})
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		for _, a := range []string{"754/75C", "18DA42F1/18DAF142"} {
			serve(t, s, transport.MustAddress(a), transport.Address{}, func(r []byte) [][]byte { return [][]byte{r} })
		}
		b := plug(t, dongle, attached(s), velm.Options{Seed: 1})
		t.Cleanup(b.pull)
		run(t, b)
		require.NoError(t, b.dongle.Close())
		require.Empty(t, b.velm.Ledger().Violations)
	})
}

// TestJoiningAgain leaves the former link.
func TestJoiningAgain(t *testing.T) {
	everyDongle(t, func(t *testing.T, b *bench, s *vbus.Segment) {
		t.Helper()
		serve(t, s, transport.MustAddress("754/75C"), transport.Address{}, func(r []byte) [][]byte { return [][]byte{r} })
		first := b.join()
		conn := dial(t, first, "754/75C")
		require.Equal(t, []byte{0x3E, 0}, ask(t, conn, 0x3E, 0).Data)
		second := b.join()
		require.ErrorIs(t, conn.Send(t.Context(), []byte{0x3E, 0}, transport.Want{}), transport.ErrClosed)
		require.Equal(t, []byte{0x3E, 0}, ask(t, dial(t, second, "754/75C"), 0x3E, 0).Data)
		require.NoError(t, first.Close())
		require.NoError(t, second.Close())
		require.NoError(t, b.dongle.Close())
		_, err := b.dongle.Join(t.Context(), 500_000)
		require.ErrorIs(t, err, transport.ErrClosed)
	})
}

// TestPins: an STN goes to the second segment and comes back; a conversation is
// one of the segment on which it was dialled.
func TestPins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		usual, second := vbus.New(vbus.Config{Bitrate: 500_000}), vbus.New(vbus.Config{Bitrate: 125_000})
		t.Cleanup(func() { require.NoError(t, usual.Close()); require.NoError(t, second.Close()) })
		for s, answer := range map[*vbus.Segment]byte{usual: 1, second: 2} {
			serve(t, s, transport.MustAddress("754/75C"), transport.Address{}, func([]byte) [][]byte { return [][]byte{{0x7E, answer}} })
		}
		b := plug(t, "stn1110", attached(usual), velm.Options{Second: attached(second)})
		t.Cleanup(b.pull)
		link := b.join()
		pins := link.(transport.Pins)
		here := dial(t, link, "754/75C")
		require.Equal(t, []byte{0x7E, 1}, ask(t, here, 0x3E, 0).Data)
		require.True(t, pins.Reaches("3/11", 125_000))
		require.NoError(t, pins.Switch(t.Context(), "3/11", 125_000))
		require.ErrorIs(t, here.Send(t.Context(), []byte{0x3E, 0}, transport.Want{}), transport.ErrForm)
		there, err := link.Dial(t.Context(), transport.MustAddress("754/75C"), transport.Params{})
		require.NoError(t, err)
		require.Equal(t, []byte{0x7E, 2}, ask(t, there, 0x3E, 0).Data)
		require.NoError(t, pins.Switch(t.Context(), transport.UsualPins, 500_000))
		require.Equal(t, []byte{0x7E, 1}, ask(t, here, 0x3E, 0).Data)
		require.False(t, pins.Reaches("1/9", 125_000))
		require.ErrorIs(t, pins.Switch(t.Context(), "1/9", 125_000), transport.ErrForm)
		require.NoError(t, b.dongle.Close())
	})
}

func TestPinsOfAnOriginal(t *testing.T) {
	onBus(t, "elm-2.2", func(t *testing.T, b *bench, _ *vbus.Segment) {
		t.Helper()
		pins := b.join().(transport.Pins)
		require.False(t, pins.Reaches("3/11", 125_000))
		require.ErrorIs(t, pins.Switch(t.Context(), "3/11", 125_000), transport.ErrForm)
	})
}

// TestSupply is what the chip measures, between two requests.
func TestSupply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := vbus.New(vbus.Config{Bitrate: 500_000})
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		millivolts := 12_400
		b := plug(t, "elm-2.2", attached(s), velm.Options{Supply: func() int { return millivolts }})
		t.Cleanup(b.pull)
		link := b.join()
		got, err := link.(transport.Supply).Supply(t.Context())
		require.NoError(t, err)
		require.Equal(t, millivolts, got)
		require.NoError(t, link.Close())
		_, err = link.(transport.Supply).Supply(t.Context())
		require.ErrorIs(t, err, transport.ErrClosed)
		require.NoError(t, b.dongle.Close())
	})
}

// TestBehindANetwork: a dongle that nobody asks anything is kept awake, and one
// that has gone is noticed.
func TestBehindANetwork(t *testing.T) {
	for fault, gone := range map[string]bool{"": false, "half-open:1200": true, "disconnect:1200": true} {
		t.Run(fault, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := plug(t, "wifi-clone", nowhere, velm.Options{Fault: fault})
				t.Cleanup(b.pull)
				link := b.join()
				before := b.velm.Ledger().Named["RV"]
				time.Sleep(20 * time.Minute)
				_, err := link.Dial(t.Context(), transport.MustAddress("754/75C"), transport.Params{})
				if gone {
					requireLost(t, err)
				} else {
					require.NoError(t, err)
					require.Equal(t, 120, b.velm.Ledger().Named["RV"]-before)
				}
				require.NoError(t, b.dongle.Close())
			})
		})
	}
}

// nowhere is a socket without a car.
func nowhere(context.Context, int, bool) (can.Bus, error) {
	return vbus.New(vbus.Config{}).Attach("x"), nil
}
