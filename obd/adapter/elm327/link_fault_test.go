package elm327_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/hardware-sim/velm"
	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/transport"
)

// TestReadsUnderFaults has each fault strike while a unit is read again and again. What
// is read is what the unit says, or nothing is; and nothing takes forever.
func TestReadsUnderFaults(t *testing.T) {
	for _, dongle := range []string{"elm-2.2", "stn1110"} {
		for _, f := range velm.Faults() {
			t.Run(dongle+" "+f.Name, func(t *testing.T) { readUnder(t, dongle, f.Name) })
		}
	}
}

func readUnder(t *testing.T, dongle, fault string) {
	t.Helper()
	reads := map[string]string{
		"\x22\xF1\x90": "WBAUN7C07HG104217",
		"\x22\xF1\x8C": "AT17H0042917",
		"\x22\xD0\x6B": "359917042816357",
		"\x22\xF1\x50": "\x0F\x2E\x10",
	}
	if fault == "lock-up" {
		fault += ":ATMA"
	}
	faulty(t, "bmw-5-2017", dongle, fault, func(t *testing.T, b *bench, _ *car.Car) {
		t.Helper()
		link, err := b.dongle.Join(t.Context(), 500_000)
		if err != nil {
			t.Logf("join: %v", err)
			return
		}
		conn := dial(t, link, "6F1:61/661:F1")
		good, began := 0, time.Now()
		for range 10 {
			for request, want := range reads {
				res, err := exchange.Do(t.Context(), conn, []byte(request), exchange.Terms{Echo: 2})
				if err != nil {
					requireTyped(t, err)
					continue
				}
				good++
				require.Equal(t, want, string(res.Message.Data[3:]))
			}
		}
		t.Logf("%d of 40 in %v", good, time.Since(began))
		require.Less(t, time.Since(began), 5*time.Minute)
		began = time.Now()
		require.NoError(t, link.Close())
		require.Less(t, time.Since(began), 1500*time.Millisecond)
	})
}

func requireTyped(t *testing.T, err error) {
	t.Helper()
	var (
		op       *transport.OpError
		late     *transport.TimeoutError
		pending  *exchange.PendingError
		protocol *transport.ProtocolError
	)
	require.True(t, errors.As(err, &op) || errors.As(err, &late) || errors.As(err, &pending) || errors.As(err, &protocol), "%v", err)
}

// TestIncidents are counted, whether or not something was lost by them.
func TestIncidents(t *testing.T) {
	for fault, count := range map[string]func(adapter.Incidents) uint64{
		"lv-reset":    func(i adapter.Incidents) uint64 { return i.Resets },
		"buffer-full": func(i adapter.Incidents) uint64 { return i.Overruns },
		"rx-error":    func(i adapter.Incidents) uint64 { return i.Garbled },
	} {
		t.Run(fault, func(t *testing.T) {
			faulty(t, "bmw-5-2017", "elm-2.2", fault, func(t *testing.T, b *bench, _ *car.Car) {
				t.Helper()
				link := b.join()
				conn := dial(t, link, "6F1:61/661:F1")
				for range 20 {
					if _, err := exchange.Do(t.Context(), conn, []byte{0x22, 0xF1, 0x8C}, exchange.Terms{}); err != nil {
						requireTyped(t, err)
					}
				}
				require.Positive(t, count(link.(adapter.Witness).Incidents()))
				require.NoError(t, link.Close())
			})
		})
	}
}

// TestResetUnderway: of a request during which the chip was reset nobody knows
// whether it has left.
func TestResetUnderway(t *testing.T) {
	faulty(t, "bmw-5-2017", "elm-2.2", "lv-reset", func(t *testing.T, b *bench, _ *car.Car) {
		t.Helper()
		link := b.join()
		conn := dial(t, link, "6F1:10/610:F1")
		failed := 0
		for range 20 {
			res, err := exchange.Do(t.Context(), conn, []byte{0x22, 0xF1, 0x86}, exchange.Terms{})
			if err == nil {
				continue
			}
			failed++
			require.ErrorIs(t, err, transport.ErrReset)
			require.Equal(t, transport.SentUnknown, res.Sent)
		}
		require.Positive(t, failed)
		require.NoError(t, link.Close())
	})
}
