//go:build vcan

package socketcan_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/obd/adapter/socketcan"
)

// TestListOnVCAN: what is there is listed as it is set.
func TestListOnVCAN(t *testing.T) {
	name := vcan(t, "vcanlist")
	find := func() socketcan.Interface {
		all, err := socketcan.List()
		require.NoError(t, err)
		for _, i := range all {
			if i.Name == name {
				return i
			}
		}
		require.Fail(t, "the interface is not listed")
		return socketcan.Interface{}
	}
	was := find()
	require.True(t, was.Up)
	require.True(t, was.Virtual)
	require.Zero(t, was.Bitrate)
	ip(t, "link set "+name+" down")
	require.False(t, find().Up)
}
