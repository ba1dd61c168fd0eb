//go:build linux

package socketcan

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestListLeavesOtherNetworksOut: every machine has the interface lo.
func TestListLeavesOtherNetworksOut(t *testing.T) {
	found, err := List()
	require.NoError(t, err)
	for _, i := range found {
		require.NotEqual(t, "lo", i.Name)
	}
}

// TestAnInterfaceWithoutHardware has nothing that tells a bit rate.
func TestAnInterfaceWithoutHardware(t *testing.T) {
	got := iface{index: 1, up: true, fd: true}.told("lo")
	require.Equal(t, Interface{Name: "lo", Up: true, FD: true, Virtual: true}, got)
}
