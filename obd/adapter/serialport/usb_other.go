//go:build !linux && !windows

package serialport

// detailed has no USB ids: reading them here takes cgo.
func detailed() ([]Info, error) { return plain() }
