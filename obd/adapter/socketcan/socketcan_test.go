package socketcan

import (
	"errors"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter"
)

func parseText(t *testing.T, text string) (settings, error) {
	t.Helper()
	u, err := adapter.ParseURI(text)
	require.NoError(t, err)
	return parse(u)
}

func TestURI(t *testing.T) {
	for text, want := range map[string]settings{
		"socketcan:can0":                                {name: "can0"},
		"socketcan:can0?bitrate=auto":                   {name: "can0", bitrate: anyRate},
		"socketcan:can0?bitrate=500000":                 {name: "can0", bitrate: 500_000},
		"socketcan:can0?bitrate=8000000":                {name: "can0", bitrate: 8_000_000},
		"socketcan:can0?fd=0":                           {name: "can0", fd: fdNever},
		"socketcan:can0?fd=1":                           {name: "can0", fd: fdAlways},
		"socketcan:fifteen-letters":                     {name: "fifteen-letters"},
		"socketcan:can0?bitrate=250000&fd=1&isotp=user": {name: "can0", bitrate: 250_000, fd: fdAlways},
	} {
		got, err := parseText(t, text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
}

func TestURIThatIsRefused(t *testing.T) {
	for text, key := range map[string]string{
		"socketcan:can0?bitrate=":               keyBitrate,
		"socketcan:can0?bitrate=0":              keyBitrate,
		"socketcan:can0?bitrate=-1":             keyBitrate,
		"socketcan:can0?bitrate=500k":           keyBitrate,
		"socketcan:can0?bitrate=8000001":        keyBitrate,
		"socketcan:can0?fd=":                    keyFD,
		"socketcan:can0?fd=2":                   keyFD,
		"socketcan:can0?bitrate=auto&fd=yes":    keyFD,
		"socketcan:can0?isotp=hardware":         keyISOTP,
		"socketcan:can0?speed=1":                "speed",
		"socketcan:can0?bitrate=auto&bitrate=1": keyBitrate,
		"socketcan:a-name-of-16-byt":            "",
	} {
		_, err := parseText(t, text)
		value, isValue := errors.AsType[*ValueError](err)
		uri, isURI := errors.AsType[*adapter.URIError](err)
		switch {
		case isValue:
			require.Equal(t, key, value.Key, text)
			require.NotEmpty(t, value.Valid)
		case isURI:
			require.Equal(t, key, uri.Key, text)
		default:
			require.Fail(t, text, "%v", err)
		}
	}
}

func TestErrorsNameInterfaceAndReason(t *testing.T) {
	err := error(&InterfaceError{Interface: "can0", Err: &PermissionError{Capability: "CAP_NET_ADMIN", Err: errors.New("operation not permitted")}})
	require.EqualError(t, err, "socketcan: can0: CAP_NET_ADMIN is needed: operation not permitted")
	err = &InterfaceError{Interface: "can0", Err: &BitrateError{Is: 250_000, Wanted: 500_000, Err: errors.New("invalid argument")}}
	require.EqualError(t, err, "socketcan: can0: at 250000 bit/s, not 500000: invalid argument")
	require.ErrorIs(t, &InterfaceError{Interface: "can0", Err: ErrRemoved}, net.ErrClosed)
	require.NotErrorIs(t, &InterfaceError{Interface: "can0", Err: ErrNoInterface}, net.ErrClosed)
}
