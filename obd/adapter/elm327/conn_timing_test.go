package elm327_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/transport"
)

// TestFirstContact: a unit of which nothing is known is heard however late it
// answers within the caller's time, at the latest when it is asked again.
func TestFirstContact(t *testing.T) {
	for _, name := range []string{"elm-1.4b", "stn1110"} {
		t.Run(name, func(t *testing.T) {
			for latency := 5 * time.Millisecond; latency < 240*time.Millisecond; latency += 5 * time.Millisecond {
				onBus(t, name, func(t *testing.T, b *bench, s *vbus.Segment) {
					t.Helper()
					serve(t, s, transport.MustAddress("754/75C"), transport.Address{}, func(r []byte) [][]byte {
						time.Sleep(latency)
						return [][]byte{append([]byte{r[0] + 0x40}, r[1:]...)}
					})
					conn := dial(t, b.join(), "754/75C")
					_, err := exchange.Do(t.Context(), conn, []byte{0x22, 0xF1, 0x90}, exchange.Terms{Echo: 2})
					if err != nil {
						_, err = exchange.Do(t.Context(), conn, []byte{0x22, 0xF1, 0x90}, exchange.Terms{Echo: 2})
					}
					require.NoError(t, err, "%v", latency)
				})
			}
		})
	}
}

// TestALateOneOfAGroup: whoever was quick before, the whole group is heard for
// as long as the caller waits.
func TestALateOneOfAGroup(t *testing.T) {
	for _, name := range []string{"elm-1.4b", "stn1110"} {
		t.Run(name, func(t *testing.T) {
			onBus(t, name, func(t *testing.T, b *bench, s *vbus.Segment) {
				t.Helper()
				latency := 20 * time.Millisecond
				group := transport.MustAddress("7DF/7E8-7EF")
				serve(t, s, transport.MustAddress("7E0/7E8"), group, func([]byte) [][]byte { return [][]byte{{0x41, 0x0D, 1}} })
				serve(t, s, transport.MustAddress("7E1/7E9"), group, func([]byte) [][]byte {
					time.Sleep(latency)
					return [][]byte{{0x41, 0x0D, 2}}
				})
				conn := dial(t, b.join(), group.String())
				for _, latency = range []time.Duration{20 * time.Millisecond, 20 * time.Millisecond, 160 * time.Millisecond} {
					answers, failures, err := exchange.Collect(t.Context(), conn, []byte{1, 0x0D}, exchange.Terms{}, nil)
					require.NoError(t, err)
					require.Empty(t, failures)
					require.Len(t, answers, 2, "the second after %v", latency)
				}
			})
		})
	}
}
