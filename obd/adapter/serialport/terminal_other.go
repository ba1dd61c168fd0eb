//go:build !linux

package serialport

import (
	"time"

	"go.bug.st/serial"
)

// glance is how often a port without news is asked whether it is there.
const glance = 500 * time.Millisecond

// terminal is a serial port.
type terminal struct {
	serial.Port
	tells bool // its modem lines can be read: how an unplugged one is noticed
}

func openTerminal(path string, baud int) (device, error) {
	port, err := serial.Open(path, mode(baud))
	if err != nil {
		return nil, refusal(path, err)
	}
	if err := port.SetReadTimeout(glance); err != nil {
		_ = port.Close()
		return nil, refusal(path, err)
	}
	_ = port.ResetInputBuffer() // what was said before is for nobody
	_, err = port.GetModemStatusBits()
	return &terminal{Port: port, tells: err == nil}, nil
}

func (t *terminal) Read(p []byte) (int, error) {
	n, err := t.Port.Read(p)
	if n == 0 && err == nil && t.tells {
		_, err = t.GetModemStatusBits()
	}
	return n, err
}

func (t *terminal) setBaud(baud int) error {
	if err := drain(t.Port); err != nil {
		return err
	}
	return t.SetMode(mode(baud))
}

func (t *terminal) arm() {}

func (t *terminal) abort() { _ = t.ResetOutputBuffer() }

func (t *terminal) Close() error {
	finish(t.Port)
	return t.Port.Close()
}
