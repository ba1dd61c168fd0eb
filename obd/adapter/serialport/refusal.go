package serialport

import (
	"errors"
	"io/fs"
	"slices"
	"syscall"

	"go.bug.st/serial"
)

// refusal says in our words why a serial port could not be opened.
func refusal(path string, err error) error {
	switch reason(err) {
	case busy:
		return &BusyError{Port: path, Holders: holders(path)}
	case NoPermission:
		return &OpenError{Port: path, Reason: NoPermission, Group: owningGroup(path), Err: err}
	default:
		return &OpenError{Port: path, Reason: reason(err), Err: err}
	}
}

// busy is no reason of an OpenError: it has an error of its own.
const busy Reason = "busy"

func reason(err error) Reason {
	var port *serial.PortError
	if errors.As(err, &port) {
		return portReason(port.Code())
	}
	switch {
	case errors.Is(err, fs.ErrNotExist), isAny(err, syscall.ENODEV, syscall.ENXIO):
		return NoSuchPort
	case errors.Is(err, fs.ErrPermission):
		return NoPermission
	case errors.Is(err, syscall.EBUSY):
		return busy
	case isAny(err, syscall.EISDIR, syscall.ENOTDIR, syscall.ENOTTY):
		return NotSerial
	case isAny(err, syscall.EHOSTDOWN, syscall.EHOSTUNREACH, syscall.ETIMEDOUT, syscall.ECONNREFUSED):
		return NoAnswer // a terminal over Bluetooth
	default:
		return Failed
	}
}

func isAny(err error, numbers ...syscall.Errno) bool {
	return slices.ContainsFunc(numbers, func(n syscall.Errno) bool { return errors.Is(err, n) })
}

func portReason(code serial.PortErrorCode) Reason {
	switch code {
	case serial.PortBusy:
		return busy
	case serial.PortNotFound:
		return NoSuchPort
	case serial.PermissionDenied:
		return NoPermission
	case serial.InvalidSerialPort:
		return NotSerial
	case serial.InvalidSpeed:
		return BadBaud
	default:
		return Failed
	}
}
