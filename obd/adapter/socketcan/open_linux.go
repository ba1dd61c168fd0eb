package socketcan

import (
	"context"
	"sync"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
)

// device is an interface as an adapter. It has one bus at a time: to open
// another one closes it.
type device struct {
	info adapter.Info
	settings

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
	if _, err := inspect(s.name); err != nil {
		return nil, &InterfaceError{Interface: s.name, Err: err}
	}
	return &device{info: adapter.Info{URI: u.Text, Kind: adapter.KindCAN, Description: "CAN interface " + s.name}, settings: s}, nil
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
	b, err := dial(d.settings, c.ListenOnly)
	if err != nil {
		return nil, &InterfaceError{Interface: d.name, Err: err}
	}
	d.bus = b
	return b, nil
}

// Close closes the bus.
func (d *device) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil
	}
	d.closed = true
	if d.bus == nil {
		return nil
	}
	return d.bus.Close()
}
