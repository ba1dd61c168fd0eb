//go:build !unix

package serialport

// owningGroup is empty: devices have no groups here.
func owningGroup(string) string { return "" }
