//go:build !linux

package serialport

func byID() map[string]string { return nil }
func bluetooth() []string     { return nil }
func product(string) string   { return "" }
