//go:build !linux

package socketcan

// List gives none: only Linux has CAN interfaces.
func List() ([]Interface, error) { return nil, nil }
