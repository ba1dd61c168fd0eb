package slcan

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLineTime(t *testing.T) {
	const bits = len("T18DAF1108112233445566778812AB\r") * 10
	require.Equal(t, time.Duration(bits)*time.Second/115_200, lineTime(115_200))
}

// TestWhereUARTsAre: a name that leads elsewhere is followed.
func TestWhereUARTsAre(t *testing.T) {
	dir := t.TempDir()
	device, link := filepath.Join(dir, "ttyACM3"), filepath.Join(dir, "usb-CANable-if00")
	require.NoError(t, os.WriteFile(device, nil, 0o600))
	require.NoError(t, os.Symlink(device, link))
	for path, uart := range map[string]bool{
		device: false, link: false, "/dev/ttyACM99": false, "/dev/cu.usbmodem1": false,
		"/dev/ttyUSB0": true, "/dev/rfcomm0": true, "/dev/pts/3": true,
	} {
		require.Equal(t, uart, hasUART(path), path)
	}
}
