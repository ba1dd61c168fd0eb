//go:build !linux

package vserial

// PTY says ErrNoPTY: a TCP line does the same on every system.
func PTY(string, Options) (*Terminal, error) { return nil, ErrNoPTY }
