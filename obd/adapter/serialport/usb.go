//go:build linux || windows

package serialport

import (
	"strings"

	"go.bug.st/serial/enumerator"
)

// detailed lists with USB ids, or without where one port spoils that.
func detailed() ([]Info, error) {
	details, err := enumerator.GetDetailedPortsList()
	if err != nil {
		return plain()
	}
	var ports []Info
	for _, d := range details {
		if d.Name != "" {
			ports = append(ports, Info{
				Path: d.Name, VID: strings.ToLower(d.VID), PID: strings.ToLower(d.PID),
				Serial: d.SerialNumber, Product: d.Product,
			})
		}
	}
	return ports, nil
}
