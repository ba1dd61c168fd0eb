package serialport

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStableNames(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "ttyUSB0")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	link := filepath.Join(folder, "my-dongle")
	require.NoError(t, os.Symlink(path, link))
	stn := Info{VID: "0403", PID: "6015", Serial: "112233"}
	with := func(i Info, path, id string) Info {
		i.Path, i.ByID = path, id
		return i
	}
	for name, test := range map[string]struct {
		ports []Info
		path  string
		want  string
	}{
		"the system's own name":          {[]Info{with(stn, path, "/dev/serial/by-id/x")}, path, "/dev/serial/by-id/x"},
		"by way of a link":               {[]Info{with(stn, path, "/dev/serial/by-id/x")}, link, "/dev/serial/by-id/x"},
		"the USB chip's":                 {[]Info{with(stn, "COM7", "")}, "COM7", "usb:0403:6015:112233"},
		"a chip that has none":           {[]Info{{Path: "COM7", VID: "1a86", PID: "7523"}}, "COM7", "COM7"},
		"two interfaces of one chip":     {[]Info{with(stn, "COM7", ""), with(stn, "COM8", "")}, "COM7", "COM7"},
		"another port":                   {[]Info{with(stn, "COM7", "")}, "COM8", "COM8"},
		"a port that the system forgets": {nil, path, path},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, stableAmong(test.ports, test.path))
		})
	}
}

func TestLocatedAmong(t *testing.T) {
	before := []Info{{Path: "COM7", VID: "0403", PID: "6015", Serial: "112233"}, {Path: "COM8"}}
	after := []Info{{Path: "COM7"}, {Path: "COM9", VID: "0403", PID: "6015", Serial: "112233"}}
	name := stableAmong(before, "COM7")
	path, err := locatedAmong(after, name)
	require.NoError(t, err)
	require.Equal(t, "COM9", path)

	_, err = locatedAmong(after[:1], name)
	var refused *OpenError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, NoSuchPort, refused.Reason)
	path, err = located("/dev/ttyUSB0")
	require.NoError(t, err)
	require.Equal(t, "/dev/ttyUSB0", path)
}

func TestLikelyKinds(t *testing.T) {
	for name, test := range map[string]struct {
		port Info
		want Kind
	}{
		"a bridge of most dongles":       {Info{VID: "1a86", PID: "7523"}, KindELM327},
		"OBDLink by its name":            {Info{VID: "ffff", PID: "0001", Product: "OBDLink SX"}, KindELM327},
		"CANable by its USB id":          {Info{VID: "ad50", PID: "60c4"}, KindSLCAN},
		"CANable by its name":            {Info{VID: "0403", PID: "6015", ByID: "/dev/serial/by-id/usb-Protofusion_CANable_1-if00"}, KindSLCAN},
		"a terminal over Bluetooth":      {Info{Path: "/dev/rfcomm0"}, KindELM327},
		"a port of the board":            {Info{Path: "/dev/ttyS0"}, ""},
		"a board with another USB chip":  {Info{VID: "2341", PID: "0043"}, ""},
		"the folder's name says nothing": {Info{ByID: "/home/obd/by-id/usb-Arduino-if00"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, likely(test.port))
		})
	}
}

func TestListGoesThrough(t *testing.T) {
	ports, err := List()
	require.NoError(t, err)
	for _, p := range ports {
		require.NotEmpty(t, p.Path)
	}
}
