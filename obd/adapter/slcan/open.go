package slcan

import (
	"context"
	"errors"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/serialport"
)

// connectLimit is how long a bridge has to take the connection.
const connectLimit = 8 * time.Second

// Open opens slcan:PORT or slcan://HOST:PORT. Its errors are *adapter.URIError
// and *OpenError.
func Open(ctx context.Context, u adapter.URI) (adapter.Adapter, error) {
	e, err := parse(u)
	if err != nil {
		return nil, err
	}
	port, err := e.connect(ctx)
	if err != nil {
		return nil, &OpenError{URI: u.Text, Err: err}
	}
	if e.path != "" && hasUART(e.path) {
		e.UART = e.baud
	}
	return New(ctx, port, e.Options)
}

func (e *endpoint) connect(ctx context.Context) (serialport.Port, error) {
	if e.path != "" {
		return serialport.Open(ctx, e.path, serialport.Options{Baud: e.baud})
	}
	ctx, cancel := context.WithTimeout(ctx, connectLimit)
	defer cancel()
	return serialport.DialTCP(ctx, e.host)
}

// New learns which dongle is at a port, within two seconds, and takes the port
// over; if there is an error, an *OpenError, it is closed.
func New(ctx context.Context, port serialport.Port, o Options) (*Dongle, error) {
	if o.DataRate == 0 {
		o.DataRate = defaultDataRate
	}
	d := &Dongle{options: o, port: port, dialogue: newDialogue(port), ended: make(chan struct{})}
	go d.read()
	err := d.learn(ctx)
	if err == nil {
		return d, nil
	}
	if lost, ok := errors.AsType[*LostError](err); ok {
		err = lost.Err
	}
	return nil, &OpenError{URI: o.URI, Err: errors.Join(err, d.Close())}
}
