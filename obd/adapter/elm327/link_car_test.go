package elm327_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/obd/uds/client"
)

// TestIdentifiers reads what a telematics unit says of itself, through the
// guard and the client.
func TestIdentifiers(t *testing.T) {
	for _, dongle := range []string{"elm-2.2", "stn1110"} {
		t.Run(dongle, func(t *testing.T) {
			inCar(t, "bmw-5-2017", dongle, "", func(t *testing.T, b *bench, _ *car.Car) {
				t.Helper()
				link := b.join()
				g := guard.New(link, guard.Policy{Units: []guard.Unit{{
					Address: transport.MustAddress("6F1:61/661:F1"), Dialect: guard.UDS,
					Reads: [][]byte{{0x22, 0xD0, 0x5A}, {0x22, 0xD0, 0x6B}, {0x22, 0xD2, 0x5F}},
				}}})
				conn, err := g.Dial(t.Context(), transport.MustAddress("6F1:61/661:F1"), guard.UDS, transport.Params{})
				require.NoError(t, err)
				unit := client.New(conn)
				for request, want := range map[string]string{
					"\x22\xF1\x90": "WBAUN7C07HG104217",
					"\x22\xF1\x8C": "AT17H0042917",
					"\x22\xD0\x5A": "89490000419273506187\x00",
					"\x22\xD0\x6B": "359917042816357",
					"\x22\xD2\x5F": "89049032004008882600001739465283\x00",
				} {
					res, err := unit.Do(t.Context(), []byte(request))
					require.NoError(t, err)
					require.Equal(t, want, string(res.Message.Data[3:]))
				}
				require.NoError(t, unit.Close(t.Context()))
				require.NoError(t, g.Close())
				require.Empty(t, b.velm.Ledger().Violations)
			})
		})
	}
}
