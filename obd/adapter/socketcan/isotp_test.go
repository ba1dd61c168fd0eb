package socketcan

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter"
)

func TestWhoseISOTP(t *testing.T) {
	for text, kernel := range map[string]bool{"": false, "?isotp=user": false, "?isotp=kernel": true} {
		u, err := adapter.ParseURI("socketcan:can0" + text)
		require.NoError(t, err)
		s, err := parse(u)
		require.NoError(t, err)
		require.Equal(t, kernel, s.kernel, text)
	}
	u, err := adapter.ParseURI("socketcan:can0?isotp=both")
	require.NoError(t, err)
	_, err = parse(u)
	var bad *ValueError
	require.ErrorAs(t, err, &bad)
	require.Equal(t, []string{"user", "kernel"}, bad.Valid)
}
