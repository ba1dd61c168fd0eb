package serialport

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"go.bug.st/serial"
)

// Options are how a serial port is opened.
type Options struct {
	Baud int // bit/s, eight data bits, no parity, one stop bit; 0: 38400
}

// defaultBaud is what an ELM327 speaks unless somebody changed it.
const defaultBaud = 38400

// openLimit bounds opening: a terminal over Bluetooth or a host over Wi-Fi may
// keep us waiting for long.
const openLimit = 8 * time.Second

// Open opens a serial port for us alone. path is a device, or what Stable gave
// for one. It says *BusyError where another program has it and *OpenError for
// all else.
func Open(ctx context.Context, path string, o Options) (Port, error) {
	if o.Baud == 0 {
		o.Baud = defaultBaud
	}
	if o.Baud < 0 {
		return nil, &OpenError{Port: path, Reason: BadBaud}
	}
	dev, err := within(ctx, path, func() (device, error) {
		device, err := located(path)
		if err != nil {
			return nil, err
		}
		return openTerminal(device, o.Baud)
	})
	if err != nil {
		return nil, err
	}
	return newStream(path, dev, o.Baud), nil
}

// within waits for open until ctx or the limit ends; what opens later is
// closed again.
func within(ctx context.Context, name string, open func() (device, error)) (device, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, openLimit, errLate)
	defer cancel()
	type result struct {
		dev device
		err error
	}
	opened := make(chan result)
	go func() {
		dev, err := open()
		select {
		case opened <- result{dev, err}:
		case <-ctx.Done():
			if err == nil {
				_ = dev.Close()
			}
		}
	}()
	select {
	case r := <-opened:
		return r.dev, r.err
	case <-ctx.Done():
		return nil, late(ctx, name)
	}
}

// errLate is the end of our own limit, not of the caller's patience.
var errLate = fmt.Errorf("after %s", openLimit)

func late(ctx context.Context, name string) error {
	if errors.Is(context.Cause(ctx), errLate) {
		return &OpenError{Port: name, Reason: NoAnswer, Err: errLate}
	}
	return ctx.Err()
}

// mode is eight data bits, no parity, one stop bit.
func mode(baud int) *serial.Mode {
	return &serial.Mode{BaudRate: baud, DataBits: 8, Parity: serial.NoParity, StopBits: serial.OneStopBit}
}

// drain waits until a port has sent what it holds, also where a signal ends the
// system's wait: the runtime sends some at any time.
func drain(port interface{ Drain() error }) error {
	for {
		if err := port.Drain(); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// finish lets a port send what it still holds, and throws that away if it does
// not get rid of it: closing would wait for half a minute.
func finish(port serial.Port) {
	sent := make(chan struct{})
	go func() {
		_ = drain(port)
		close(sent)
	}()
	select {
	case <-sent:
	case <-time.After(lastWords):
		_ = port.ResetOutputBuffer()
	}
}
