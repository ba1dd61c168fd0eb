package socketcand

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter"
)

func parse(t *testing.T, text string) adapter.URI {
	t.Helper()
	u, err := adapter.ParseURI(text)
	require.NoError(t, err)
	return u
}

func TestClientURI(t *testing.T) {
	for text, want := range map[string]endpoint{
		"socketcand://pi:1234/can0":           {"pi", "1234", "can0", 0},
		"socketcand://pi/vcan1":               {"pi", "29536", "vcan1", 0},
		"socketcand://[fe80::1]:99/can0":      {"fe80::1", "99", "can0", 0},
		"socketcand://pi/can0?bitrate=125000": {"pi", "29536", "can0", 125_000},
		"socketcand://[::1]/can0":             {"::1", "29536", "can0", 0},
	} {
		e, err := parseEndpoint(parse(t, text))
		require.NoError(t, err, text)
		require.Equal(t, want, e, text)
	}
}

func TestClientURIRefused(t *testing.T) {
	for rule, text := range map[string]string{
		"no slashes":          "socketcand:pi:1234/can0",
		"no host":             "socketcand:///can0",
		"no host but a port":  "socketcand://:1234/can0",
		"no port number":      "socketcand://pi:http/can0",
		"too large a port":    "socketcand://pi:65536/can0",
		"too many colons":     "socketcand://::1/can0",
		"no bus":              "socketcand://pi:1234",
		"no name":             "socketcand://pi:1234/",
		"too long a name":     "socketcand://pi:1234/12345678901234567",
		"a name that escapes": "socketcand://pi:1234/can0 >< send",
		"a setting":           "socketcand://pi:1234/can0?colour=red",
		"no bit rate":         "socketcand://pi:1234/can0?bitrate=",
		"a rate of no sense":  "socketcand://pi:1234/can0?bitrate=0",
		"a rate of CAN FD":    "socketcand://pi:1234/can0?bitrate=1000001",
	} {
		t.Run(rule, func(t *testing.T) {
			_, err := Open(t.Context(), parse(t, text))
			var bad *adapter.URIError
			require.ErrorAs(t, err, &bad)
		})
	}
}

func TestListensOnThisComputerAlone(t *testing.T) {
	for _, text := range []string{"socketcand:0.0.0.0:0", "socketcand:192.0.2.1:0", "socketcand:[::]:0", "socketcand:example.org:0"} {
		_, err := Listen(t.Context(), parse(t, text))
		require.ErrorIs(t, err, ErrNotLoopback, text)
	}
	for _, text := range []string{"socketcand::0", "socketcand:127.0.0.1:0/can0", "socketcand:127.0.0.1:0?x=1"} {
		_, err := Listen(t.Context(), parse(t, text))
		var bad *adapter.URIError
		require.ErrorAs(t, err, &bad, text)
	}
}

func TestPlacesThatAreTakenOrFree(t *testing.T) {
	l, err := Listen(t.Context(), parse(t, "socketcand://localhost:0"))
	require.NoError(t, err)
	at := l.Addr().String()
	require.Equal(t, "socketcand://"+at+"/can0", l.URI())
	_, err = Listen(t.Context(), parse(t, "socketcand:"+at))
	require.ErrorIs(t, err, ErrInUse)
	require.NoError(t, l.Close())
	_, err = Open(t.Context(), parse(t, l.URI()))
	require.ErrorIs(t, err, ErrNobody)
	var where *OpenError
	require.ErrorAs(t, err, &where)
	require.Equal(t, l.URI(), where.URI)
}
