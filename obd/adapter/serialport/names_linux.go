package serialport

import (
	"os"
	"path/filepath"
	"strings"
)

// byID gives the stable names that udev made: path -> name.
func byID() map[string]string { return linksIn("/dev/serial/by-id") }

func linksIn(folder string) map[string]string {
	names := map[string]string{}
	links, _ := filepath.Glob(filepath.Join(folder, "*"))
	for _, link := range links {
		if path, err := filepath.EvalSymlinks(link); err == nil {
			names[path] = link
		}
	}
	return names
}

// bluetooth gives the terminals that somebody bound to a Bluetooth dongle.
func bluetooth() []string {
	paths, _ := filepath.Glob("/dev/rfcomm[0-9]*")
	return paths
}

// product is what a USB device calls itself: the first of the folders above
// the terminal's that has the file.
func product(path string) string {
	folder, err := filepath.EvalSymlinks(filepath.Join("/sys/class/tty", filepath.Base(path), "device"))
	if err != nil {
		return ""
	}
	for range 3 {
		if text, err := os.ReadFile(filepath.Join(folder, "product")); err == nil {
			return strings.TrimSpace(string(text))
		}
		folder = filepath.Dir(folder)
	}
	return ""
}
