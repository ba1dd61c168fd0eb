package socketcan

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
)

// device is an interface as an adapter. It has one bus at a time: to open
// another one closes it.
type device struct {
	info adapter.Info
	settings
	controller *controller // nil: a virtual interface, without bit rate

	mu     sync.Mutex
	bus    *bus // the last one opened; nil: none yet
	closed bool
}

var _ adapter.Controller = (*device)(nil)

// Open opens socketcan:INTERFACE. Its errors are *adapter.URIError,
// *ValueError and *InterfaceError.
func Open(_ context.Context, u adapter.URI) (adapter.Adapter, error) {
	s, err := parse(u)
	if err != nil {
		return nil, err
	}
	d := &device{settings: s}
	if _, err = inspect(s.name); err == nil {
		d.controller = newController(s.name)
		err = d.free()
	}
	if err != nil {
		return nil, &InterfaceError{Interface: s.name, Err: err}
	}
	d.info = adapter.Info{URI: u.Text, Kind: adapter.KindCAN, Description: d.describe()}
	return d, nil
}

// describe tells the bit rate where the user has not chosen it.
func (d *device) describe() string {
	switch {
	case d.controller == nil:
		return "CAN interface " + d.name + ", without a bit rate of its own"
	case d.bitrate == asIs && d.controller.found.bitrate != 0:
		return fmt.Sprintf("CAN interface %s, at %d bit/s", d.name, d.controller.found.bitrate)
	}
	return "CAN interface " + d.name
}

// free finds out whether the bit rate can be chosen. Where it cannot, that to
// which the interface is set has to do.
func (d *device) free() error {
	if d.controller == nil || d.bitrate != anyRate {
		return nil
	}
	err := d.controller.mayChange()
	if err != nil && d.controller.found.up {
		d.bitrate = asIs
		return nil
	}
	return err
}

// Info describes the interface.
func (d *device) Info() adapter.Info { return d.info }

// OpenBus joins the segment. Its errors are can.ErrClosed and *InterfaceError.
func (d *device) OpenBus(_ context.Context, c adapter.BusConfig) (can.Bus, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, can.ErrClosed
	}
	if d.bus != nil {
		_ = d.bus.Close() // its error is that of a socket nobody uses any more
	}
	b, err := d.join(c)
	if err != nil {
		return nil, &InterfaceError{Interface: d.name, Err: err}
	}
	d.bus = b
	return b, nil
}

func (d *device) join(c adapter.BusConfig) (*bus, error) {
	if d.controller != nil {
		if err := d.controller.follow(d.bitrate, c); err != nil {
			return nil, err
		}
	}
	return dial(d.settings, c.ListenOnly)
}

// Close closes the bus, and sets the interface as it was.
func (d *device) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil
	}
	d.closed = true
	var errs []error
	if d.bus != nil {
		errs = append(errs, d.bus.Close())
	}
	if d.controller != nil {
		errs = append(errs, d.controller.restore())
	}
	return errors.Join(errs...)
}
