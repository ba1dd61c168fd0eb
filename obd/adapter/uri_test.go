package adapter

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseURI(t *testing.T) {
	u, err := ParseURI("SIM:bmw-5-2017?fault=a&speed=2")
	require.NoError(t, err)
	require.Equal(t, "sim", u.Scheme)
	require.Equal(t, "bmw-5-2017", u.Target)
	require.Equal(t, "a", u.Query.Get("fault"))
	require.NoError(t, u.Allow("fault", "speed"))

	u, err = ParseURI("replay:/tmp/100%.log")
	require.NoError(t, err)
	require.Equal(t, "/tmp/100%.log", u.Target, "a file name is not percent-decoded")
}

func TestURIRefused(t *testing.T) {
	for name, text := range map[string]string{
		"no scheme": "bmw-5-2017", "empty scheme": ":x", "nothing after it": "sim:", "malformed query": "sim:x?a=%zz",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseURI(text)
			var bad *URIError
			require.ErrorAs(t, err, &bad)
			require.Equal(t, text, bad.Text)
		})
	}
}

func TestAllow(t *testing.T) {
	u, err := ParseURI("sim:x?colour=red")
	require.NoError(t, err)
	var bad *URIError
	require.ErrorAs(t, u.Allow("fault"), &bad)
	require.Equal(t, "colour", bad.Key)
	require.ErrorContains(t, bad, "fault")

	u, err = ParseURI("sim:x?fault=a&fault=b")
	require.NoError(t, err)
	require.ErrorAs(t, u.Allow("fault"), &bad)
	require.Equal(t, "fault", bad.Key)
}

func TestRegistry(t *testing.T) {
	r := Registry{"b": nil, "a": func(_ context.Context, _ URI) (Adapter, error) { return nil, context.Canceled }}
	_, err := r.Open(t.Context(), "a:x")
	require.ErrorIs(t, err, context.Canceled, "the opener was called")
	_, err = r.Open(t.Context(), "c:x")
	var unknown *UnknownSchemeError
	require.ErrorAs(t, err, &unknown)
	require.Equal(t, []string{"a", "b"}, unknown.Known)
	_, err = r.Open(t.Context(), "x")
	require.Error(t, err)
}
