package serialport

import (
	"os"
	"os/user"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLinksLeadToTheirPorts(t *testing.T) {
	folder := t.TempDir()
	port := filepath.Join(folder, "ttyUSB3")
	require.NoError(t, os.WriteFile(port, nil, 0o600))
	ids := filepath.Join(folder, "by-id")
	require.NoError(t, os.Mkdir(ids, 0o700))
	require.Empty(t, linksIn(ids))
	id := filepath.Join(ids, "usb-OBD_Solutions_OBDLink_SX-if00-port0")
	require.NoError(t, os.Symlink("../ttyUSB3", id))
	require.NoError(t, os.Symlink("../gone", filepath.Join(ids, "usb-Gone-if00")))
	require.Equal(t, map[string]string{port: id}, linksIn(ids))
}

func TestTheGroupThatOwnsADevice(t *testing.T) {
	device := filepath.Join(t.TempDir(), "ttyUSB0")
	require.NoError(t, os.WriteFile(device, nil, 0o600))
	require.NoError(t, os.Chmod(device, 0o660))
	me, err := user.Current()
	require.NoError(t, err)
	group, err := user.LookupGroupId(me.Gid)
	require.NoError(t, err)
	require.Equal(t, group.Name, owningGroup(device))

	require.NoError(t, os.Chmod(device, 0o640))
	require.Empty(t, owningGroup(device), "joining it would not help")
	require.Empty(t, owningGroup(device+"1"))
}
