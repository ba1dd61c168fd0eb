//go:build !linux

package serialport

import "syscall"

// limitUnacked does nothing: the system has its own limit.
func limitUnacked(string, string, syscall.RawConn) error { return nil }
