package serialport

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"
)

// terminal is a serial port. Two descriptors are open on it: the library's,
// which sets it up and keeps others from opening it, and our own, which is
// locked where others look for a lock, and whose waits can be ended.
type terminal struct {
	*os.File
	port     serial.Port
	draining atomic.Bool
}

func openTerminal(path string, baud int) (device, error) {
	fd, err := reserve(path)
	if err != nil {
		return nil, err
	}
	port, err := serial.Open(path, mode(baud))
	if err != nil {
		_ = unix.Close(fd)
		return nil, refusal(path, err)
	}
	_ = port.ResetInputBuffer() // what was said before is for nobody
	return &terminal{File: os.NewFile(uintptr(fd), path), port: port}, nil
}

// reserve opens and locks a port before a setting of it is touched.
func reserve(path string) (int, error) {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return 0, refusal(path, err)
	}
	// A Bluetooth terminal that is opened without waiting opens even if its
	// dongle is not there; so this one waits for the dongle.
	flags := unix.O_RDWR | unix.O_NOCTTY | unix.O_CLOEXEC
	if !strings.HasPrefix(filepath.Base(target), "rfcomm") {
		flags |= unix.O_NONBLOCK
	}
	fd, err := openRetry(target, flags)
	if err != nil {
		return 0, refusal(path, err)
	}
	if err := claim(fd, path, target); err != nil {
		_ = unix.Close(fd)
		return 0, err
	}
	return fd, nil
}

func openRetry(path string, flags int) (int, error) {
	for {
		fd, err := unix.Open(path, flags, 0)
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}

// claim checks that it is a terminal that nobody else has, and locks it.
func claim(fd int, path, target string) error {
	if _, err := unix.IoctlGetTermios(fd, unix.TCGETS); err != nil {
		return &OpenError{Port: path, Reason: NotSerial, Err: err}
	}
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return &BusyError{Port: path, Holders: holders(target)}
	}
	if others := strangers(holders(target)); len(others) > 0 {
		return &BusyError{Port: path, Holders: others}
	}
	return unix.SetNonblock(fd, true)
}

func (t *terminal) setBaud(baud int) error {
	t.draining.Store(true)
	err := drain(t.port)
	t.draining.Store(false)
	if err != nil {
		return err
	}
	return t.port.SetMode(mode(baud))
}

func (t *terminal) arm() { _ = t.SetWriteDeadline(time.Time{}) }

func (t *terminal) abort() {
	_ = t.SetWriteDeadline(time.Unix(1, 0))
	if t.draining.Load() {
		_ = t.port.ResetOutputBuffer()
	}
}

func (t *terminal) Close() error {
	finish(t.port)
	return errors.Join(t.port.Close(), t.File.Close())
}
