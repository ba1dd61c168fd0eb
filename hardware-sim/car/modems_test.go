package car_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
)

func TestTwoModems(t *testing.T) {
	drive(t, "two-modems-2021", func(t *testing.T, c *car.Car) {
		t.Helper()
		x := connect(t, c)
		const vin = "WBAUT3A05MC350962"
		require.Equal(t, "490201"+text(vin), x.ask(obd, "09 02"))
		require.Equal(t, "62D09104", x.ask(atm, "22 D091"))
		require.Equal(t, "62F190"+text(vin), x.ask("754/75C", "22 F190"))
		require.Equal(t, "7F2231", x.ask("754/75C", "22 D091"))
	})
	s, err := car.Load("two-modems-2021")
	require.NoError(t, err)
	require.Contains(t, s.Title, "not a real model")
	require.Contains(t, s.Comment, "not a real model")
}

func TestNoTelematics(t *testing.T) {
	drive(t, "no-telematics-2008", func(t *testing.T, c *car.Car) {
		t.Helper()
		x := connect(t, c)
		x.ask(obd, "01 00") // wakes
		both := x.exchange(obd, "09 04")
		require.Len(t, both, 2)
		require.NotEqual(t, both[0].data, both[1].data)
		for _, address := range []string{"754/75C", atm, leafTCU, "7CA/7DA", "767/7D1", "750:C7/758:C7"} {
			require.Empty(t, x.ask(address, "3E 00"), address)
		}
		require.Empty(t, c.Violations())
	})
}
