package slcan

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter"
)

func TestURIs(t *testing.T) {
	for text, want := range map[string]endpoint{
		"slcan:/dev/ttyACM0":                           {path: "/dev/ttyACM0", baud: 115_200},
		"slcan:/dev/ttyUSB0?baud=57600&bitrate=250000": {path: "/dev/ttyUSB0", baud: 57_600, Options: Options{Bitrate: 250_000}},
		"slcan:/dev/x?fd=1&dbitrate=5000000&times=1":   {path: "/dev/x", baud: 115_200, Options: Options{FD: FDAlways, DataRate: 5_000_000, Times: true}},
		"slcan:/dev/x?fd=0&times=0":                    {path: "/dev/x", baud: 115_200, Options: Options{FD: FDNever}},
		"slcan://192.168.0.10:2000?bitrate=500000":     {host: "192.168.0.10:2000", baud: 115_200, Options: Options{Bitrate: 500_000}},
	} {
		u, err := adapter.ParseURI(text)
		require.NoError(t, err)
		want.URI = text
		got, err := parse(u)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

func TestBadURIs(t *testing.T) {
	for text, key := range map[string]string{
		"slcan:/dev/x?colour=red": "colour", "slcan:/dev/x?baud=fast": "baud", "slcan:/dev/x?baud=0": "baud",
		"slcan:/dev/x?bitrate=-1": "bitrate", "slcan:/dev/x?fd=2": "fd", "slcan:/dev/x?fd=": "fd", "slcan:/dev/x?times=yes": "times",
		"slcan:/dev/x?dbitrate=1000000": "dbitrate", "slcan:/dev/x?baud=1&baud=2": "baud",
		"slcan://host:1?baud=115200": "baud", "slcan://host": "",
	} {
		u, err := adapter.ParseURI(text)
		require.NoError(t, err)
		_, err = Open(t.Context(), u)
		var bad *adapter.URIError
		require.ErrorAs(t, err, &bad, text)
		require.Equal(t, key, bad.Key, text)
	}
}
