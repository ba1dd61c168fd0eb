package car_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
)

// TestWhatAPlugInTheSocketMeasures goes with the battery and the key.
func TestWhatAPlugInTheSocketMeasures(t *testing.T) {
	drive(t, "bmw-5-2017", func(t *testing.T, c *car.Car) {
		t.Helper()
		require.Equal(t, 12_600, c.Voltage())
		require.True(t, c.Ignited())
		c.Supply(11_700)
		c.Ignition(car.Off)
		require.Equal(t, 11_700, c.Voltage())
		require.False(t, c.Ignited())
	})
}
