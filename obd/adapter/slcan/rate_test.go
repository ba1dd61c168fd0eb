package slcan

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRegisters: the bit rates that two registers say, and a sample point
// between three quarters and seven eighths.
func TestRegisters(t *testing.T) {
	for _, rate := range []int{33_333, 47_619, 83_333, 95_238, 125_000, 200_000, 615_384, 666_666} {
		t.Run(strconv.Itoa(rate), func(t *testing.T) {
			code, ok := registers(rate)
			require.True(t, ok)
			var btr0, btr1 int
			_, err := fmt.Sscanf(code, "s%02X%02X", &btr0, &btr1)
			require.NoError(t, err)
			first, second := btr1&0xF+1, btr1>>4+1
			quanta := 1 + first + second
			require.InEpsilon(t, rate, float64(quantumClock)/float64((btr0+1)*quanta), 0.001)
			require.GreaterOrEqual(t, 8*(1+first), 6*quanta)
			require.LessOrEqual(t, 8*(1+first), 7*quanta)
			require.Zero(t, btr1>>7, "one sample")
			require.LessOrEqual(t, first, 16)
		})
	}
	for _, rate := range []int{-1, 0, 1, 477_777, 2_000_000} {
		_, ok := registers(rate)
		require.False(t, ok, "%d", rate)
	}
}

func TestBitrateErrorsNameTheOthers(t *testing.T) {
	_, err := (&device{}).rateCommand(477_777)
	require.ErrorContains(t, err, "477777")
	require.ErrorContains(t, err, "500000")
	var bad *BitrateError
	require.ErrorAs(t, (&device{}).noRate(500_000, true), &bad)
	require.NotContains(t, bad.Valid, 500_000, "it was refused")
}
