package car_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
)

func TestLandRover(t *testing.T) {
	drive(t, "land-rover-discovery-2016", func(t *testing.T, c *car.Car) {
		t.Helper()
		x := connect(t, c)
		const vin = "SALXK2N01GH271845"
		require.Equal(t, "490201"+text(vin), x.ask(obd, "09 02"))
		for rule, row := range map[string]struct{ address, request, want string }{
			"the unit's own VIN":                 {"754/75C", "22 F190", "62F190" + text(vin)},
			"a part number, filled up with NUL":  {"754/75C", "22 F187", "62F187" + text("ZZ32-19C112-AB") + "00000000000000000000"},
			"position":                           {"754/75C", "22 A0A6", "62A0A6000000000000000000"},
			"nothing else is known":              {"754/75C", "22 D05A", "7F2231"},
			"body":                               {"726/72E", "22 F190", "62F190" + text(vin)},
			"cluster":                            {"720/728", "22 F190", "62F190" + text(vin)},
			"gateway":                            {"716/71E", "22 F190", "62F190" + text(vin)},
			"no route to the head unit":          {"7B3/7BB", "22 F190", ""},
			"the gateway keeps writes to itself": {"754/75C", "2E F190 00", ""},
			"not its own, which it refuses":      {"716/71E", "2E F190 00", "7F2E11"},
		} {
			require.Equal(t, row.want, x.ask(row.address, row.request), rule)
		}
		require.Empty(t, c.Violations())
	})
}
