package serialport

import (
	"cmp"
	"fmt"
	"slices"

	"go.bug.st/serial"
)

// Info is a serial port that the system knows.
type Info struct {
	Path    string `json:"path"`              // what Open takes, until it is plugged in anew
	ByID    string `json:"by_id,omitempty"`   // a name that stays, where the system gives one
	VID     string `json:"vid,omitempty"`     // USB vendor, four hex digits in lower case
	PID     string `json:"pid,omitempty"`     // USB product
	Serial  string `json:"serial,omitempty"`  // of the USB chip
	Product string `json:"product,omitempty"` // what the USB chip or the system calls it
	Likely  Kind   `json:"likely,omitempty"`  // what may be behind it; empty: anything
}

// List gives the serial ports in the order of their paths. What cannot be read
// about a port is left out.
func List() ([]Info, error) {
	ports, err := detailed()
	if err != nil {
		return nil, fmt.Errorf("serialport: list: %w", err)
	}
	ids := byID()
	for _, path := range bluetooth() {
		if !slices.ContainsFunc(ports, func(i Info) bool { return i.Path == path }) {
			ports = append(ports, Info{Path: path})
		}
	}
	for i := range ports {
		p := &ports[i]
		p.ByID = ids[p.Path]
		if p.Product == "" {
			p.Product = product(p.Path)
		}
		p.Likely = likely(*p)
	}
	slices.SortFunc(ports, func(a, b Info) int { return cmp.Compare(a.Path, b.Path) })
	return ports, nil
}

// plain lists without USB ids.
func plain() ([]Info, error) {
	names, err := serial.GetPortsList()
	var ports []Info
	for _, name := range names {
		ports = append(ports, Info{Path: name})
	}
	return ports, err
}
