package elm327_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/elm327"
	"github.com/untether-obd/untether/obd/adapter/serialport"
)

// requireLost demands that the dongle is known to have gone.
func requireLost(t *testing.T, err error) {
	t.Helper()
	var lost *serialport.LostError
	require.ErrorAs(t, err, &lost)
}

func TestURIsRefused(t *testing.T) {
	for name, row := range map[string]struct{ uri, key string }{
		"unknown key":        {"elm327:/dev/ttyUSB0?speed=9600", "speed"},
		"speed is no number": {"elm327:/dev/ttyUSB0?baud=fast", "baud"},
		"speed below zero":   {"elm327:/dev/ttyUSB0?baud=-1", "baud"},
		"unknown protocol":   {"elm327://192.168.0.10:35000?protocol=7", "protocol"},
		"speed of a network": {"elm327://192.168.0.10:35000?baud=9600", "baud"},
		"host without port":  {"elm327://192.168.0.10", ""},
		"key given twice":    {"elm327:/dev/ttyUSB0?baud=9600&baud=38400", "baud"},
	} {
		t.Run(name, func(t *testing.T) {
			u, err := adapter.ParseURI(row.uri)
			require.NoError(t, err)
			_, err = elm327.Open(t.Context(), u)
			var bad *adapter.URIError
			require.ErrorAs(t, err, &bad)
			require.Equal(t, row.key, bad.Key)
		})
	}
}

func TestNoSuchPort(t *testing.T) {
	u, err := adapter.ParseURI("elm327:/dev/no-such-port?baud=115200&protocol=auto")
	require.NoError(t, err)
	_, err = elm327.Open(t.Context(), u)
	var failed *serialport.OpenError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, serialport.NoSuchPort, failed.Reason)
}
