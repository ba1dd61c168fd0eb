package uds_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/uds"
)

func TestNegativeResponse(t *testing.T) {
	neg, ok := uds.ParseNegative(unhex(t, "7F 22 33"))
	require.True(t, ok)
	require.Equal(t, uds.NegativeResponseError{Service: 0x22, Code: uds.SecurityAccessDenied}, *neg)
	require.Equal(t, unhex(t, "7F 22 33"), neg.AppendTo(nil))

	wrapped := fmt.Errorf("6F1:61/661:F1: %w", neg)
	require.ErrorIs(t, wrapped, uds.SecurityAccessDenied)
	require.NotErrorIs(t, wrapped, uds.RequestOutOfRange)
	require.EqualError(t, wrapped, "6F1:61/661:F1: service 22 refused: security access denied (33)")
}

func TestNoNegativeResponse(t *testing.T) {
	for name, msg := range map[string]string{
		"nothing":        "",
		"positive":       "62 F1 90",
		"no code":        "7F 22",
		"too many bytes": "7F 22 33 00",
	} {
		_, ok := uds.ParseNegative(unhex(t, msg))
		require.False(t, ok, name)
	}
}

// No two codes share a text, and each text has its number.
func TestCodeTexts(t *testing.T) {
	seen := map[string]bool{}
	for n := range 0x100 {
		text := uds.NRC(n).Error()
		require.Contains(t, text, fmt.Sprintf("%02X", n))
		require.False(t, seen[text], text)
		seen[text] = true
	}
	require.Equal(t, "request correctly received, response pending (78)", uds.ResponsePending.Error())
	require.Equal(t, "resource temporarily not available (94)", uds.ResourceTemporarilyNotAvailable.Error())
	require.Equal(t, "negative response code 23", uds.NRC(0x23).Error())
}
