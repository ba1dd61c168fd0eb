package elm327

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/vserial"
)

func TestOpenCached(t *testing.T) {
	o := chipOptions{baud: 38400, key: "/dev/serial/by-id/usb-1", cache: filepath.Join(t.TempDir(), "elm327")}
	open := func(t *testing.T, b *bench, o chipOptions) (Capabilities, int) {
		t.Helper()
		var caps Capabilities
		withBench(t, b, 38400, func(t *testing.T, port *vserial.Host) {
			t.Helper()
			c, err := openChip(t.Context(), port, o)
			require.NoError(t, err)
			caps = c.caps
		})
		return caps, len(b.told())
	}
	first, many := open(t, newBench(), o)
	again, few := open(t, newBench().without("ATCSM1"), o)
	require.Equal(t, first, again, "believed")
	require.Equal(t, 7, few)
	require.Greater(t, many, 30)

	name, _ := o.file()
	kept, err := os.ReadFile(name)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(name, append(bytes.Repeat([]byte(" "), maxRecord), kept...), 0o600))
	_, few = open(t, newBench(), o)
	require.Greater(t, few, 30, "so large a file is none of ours")

	o.anew = true
	caps, _ := open(t, newBench().without("ATCSM1"), o)
	require.Equal(t, No, caps.Silent, "probed anew")
	o.anew = false
	caps, _ = open(t, newBench(), o)
	require.Equal(t, No, caps.Silent, "and kept")

	other := newBench().asSTN()
	other.texts["AT@1"] = "another\r"
	stn := o
	stn.key = "stn"
	open(t, other, stn)
	other = newBench().asSTN()
	other.texts["STSN"] = "110099999999\r"
	caps, _ = open(t, other, stn)
	require.Equal(t, "110099999999", caps.Serial, "the same banner with another serial number is another dongle")
	_, few = open(t, newBench().asSTN(), stn)
	require.Greater(t, few, 30)
	_, few = open(t, newBench().asSTN(), stn)
	require.Equal(t, 8, few)
}

func TestRecordIsHarmless(t *testing.T) {
	dir := t.TempDir()
	o := chipOptions{key: "k", cache: dir}
	o.save(record{Baud: 9600})
	name, ok := o.file()
	require.True(t, ok)
	info, err := os.Stat(name)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.Equal(t, 9600, o.load().Baud)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 1, "nothing half-written stays")

	for why, text := range map[string]string{
		"not JSON": "{", "another version": `{"version":99,"key":"k","baud":9600}`,
		"another dongle": `{"version":1,"key":"x","baud":9600}`, "too long": strings.Repeat(" ", maxRecord) + "{}", "empty": "",
	} {
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
		require.Equal(t, record{}, o.load(), why)
	}
	require.NoError(t, os.Remove(name))
	require.NoError(t, os.Mkdir(name, 0o700))
	require.Equal(t, record{}, o.load(), "a folder")
	o.save(record{Baud: 9600})

	_, ok = chipOptions{key: "k"}.file()
	require.False(t, ok, "no folder, no file")
	_, ok = chipOptions{cache: dir}.file()
	require.False(t, ok, "no name, no file")
	chipOptions{key: "k", cache: filepath.Join(name, string([]byte{0}))}.save(record{})
}
