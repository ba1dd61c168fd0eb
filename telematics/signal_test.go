package telematics_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/telematics"
)

func TestEverySignalAllowsExactlyItsValues(t *testing.T) {
	for _, name := range telematics.SignalNames() {
		values, ok := telematics.SignalValues(name)
		require.True(t, ok, name)
		for _, v := range values {
			require.True(t, name.Allows(v), "%s: %s", name, v)
		}
		require.False(t, name.Allows(""), name)
		if len(values) > 0 {
			require.False(t, name.Allows("anything"), name)
			require.Contains(t, values, telematics.Unknown, "%s: unknown is an honest answer", name)
		}
	}
}

func TestSignalsWithoutAClosedSet(t *testing.T) {
	for value, want := range map[string]bool{"0": true, "2": true, "-1": false, "two": false, "1.5": false} {
		require.Equal(t, want, telematics.PairedPhones.Allows(value), value)
	}
	require.True(t, telematics.Variant.Allows("anything"))

	_, ok := telematics.SignalValues("colour")
	require.False(t, ok)
	require.False(t, telematics.SignalName("colour").Allows("red"))
}

func TestSignalValuesIsACopy(t *testing.T) {
	values, _ := telematics.SignalValues(telematics.ConnectedServices)
	values[0] = "changed"
	require.True(t, telematics.ConnectedServices.Allows(telematics.Active))
}
