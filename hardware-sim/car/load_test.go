package car_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
)

func TestEveryScenarioLoads(t *testing.T) {
	for _, info := range car.List() {
		t.Run(info.ID, func(t *testing.T) {
			s, err := car.Load(info.ID)
			require.NoError(t, err)
			require.Equal(t, info.ID, s.ID)
			require.Equal(t, info.Title, s.Title)
		})
	}
}
