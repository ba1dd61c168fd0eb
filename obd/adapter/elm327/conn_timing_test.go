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
