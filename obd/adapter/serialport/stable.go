package serialport

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Stable is a name by which Open finds the same device again after it was
// plugged in anew and the system numbers it otherwise: the system's own stable
// name, or usb:VID:PID:SERIAL, or path where there is nothing better. It is
// for the time when the device is there.
func Stable(path string) string {
	ports, err := List()
	if err != nil {
		return path
	}
	return stableAmong(ports, path)
}

func stableAmong(ports []Info, path string) string {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		target = path
	}
	for _, p := range ports {
		if p.Path != target {
			continue
		}
		if p.ByID != "" {
			return p.ByID
		}
		if name := p.usbName(); name != "" && namedSo(ports, name) == 1 {
			return name
		}
	}
	return path
}

const usbPrefix = "usb:"

// usbName is empty for a chip without a serial number: any other of its kind
// would have the same.
func (i Info) usbName() string {
	if i.Serial == "" || i.VID == "" {
		return ""
	}
	return usbPrefix + i.VID + ":" + i.PID + ":" + i.Serial
}

func namedSo(ports []Info, name string) int {
	n := 0
	for _, p := range ports {
		if p.usbName() == name {
			n++
		}
	}
	return n
}

// located is the path that a name stands for now.
func located(name string) (string, error) {
	if !strings.HasPrefix(name, usbPrefix) {
		return name, nil
	}
	ports, err := List()
	if err != nil {
		return "", &OpenError{Port: name, Reason: Failed, Err: err}
	}
	return locatedAmong(ports, name)
}

func locatedAmong(ports []Info, name string) (string, error) {
	for _, p := range ports {
		if p.usbName() == name {
			return p.Path, nil
		}
	}
	return "", &OpenError{Port: name, Reason: NoSuchPort, Err: fmt.Errorf("none of %d ports", len(ports))}
}
