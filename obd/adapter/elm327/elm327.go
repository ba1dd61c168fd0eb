// Package elm327 drives dongles with an ELM327 or its like, clones and STN11xx
// and STN22xx among them, over a serial port, RFCOMM or TCP.
package elm327

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/serialport"
)

// Options are how a dongle is opened. The zero value knows nothing of it.
type Options struct {
	URI    string
	Baud   int    // bit/s that the user named; 0: it is looked for
	Search bool   // other protocols than CAN may be searched (protocol=auto)
	Key    string // a name that it has tomorrow too, for what is kept of it
	Cache  string // folder of what is kept; empty: nothing is
	Anew   bool   // what is kept is not believed
}

// Dongle is an opened dongle. It is safe for use by several goroutines.
type Dongle struct {
	port *port
	opts Options
	wire chan struct{} // who holds it may use the chip
	chip *chip

	baud  int // of the serial line; 0: none
	ticks int // of ATST

	rest func() // ends what attends it, and waits for that

	mu     sync.Mutex
	link   *link // nil: none was joined
	closed bool
}

var (
	_ adapter.Dongle   = (*Dongle)(nil)
	_ adapter.Searcher = (*Dongle)(nil)
)

// Open opens elm327:/dev/ttyUSB0 or elm327://HOST:35000.
//
//	baud=115200      where it is known; else it is looked for
//	protocol=auto    other protocols than CAN too
func Open(ctx context.Context, u adapter.URI) (adapter.Adapter, error) { return open(ctx, u, false) }

// OpenAnew is Open for who wants to know what the dongle can do now: nothing
// that was kept of it is believed.
func OpenAnew(ctx context.Context, u adapter.URI) (adapter.Adapter, error) { return open(ctx, u, true) }

func open(ctx context.Context, u adapter.URI, anew bool) (adapter.Adapter, error) {
	o, err := options(u)
	if err != nil {
		return nil, err
	}
	o.Anew = anew
	p, err := dial(ctx, u.Target, o.Baud)
	if err != nil {
		return nil, err
	}
	d, err := New(ctx, p, o)
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return d, nil
}

func options(u adapter.URI) (o Options, err error) {
	host, network := strings.CutPrefix(u.Target, "//")
	keys := []string{"baud", "protocol"}
	if network {
		keys = keys[1:]
	}
	if err := u.Allow(keys...); err != nil {
		return o, err
	}
	if network && !strings.Contains(host, ":") {
		return o, &adapter.URIError{Text: u.Text, Reason: "no port, as in elm327://192.168.0.10:35000"}
	}
	o = Options{URI: u.Text, Key: serialport.Stable(u.Target), Cache: cache()}
	if text := u.Query.Get("baud"); text != "" {
		o.Baud, err = strconv.Atoi(text)
		if err != nil || o.Baud <= 0 {
			return o, &adapter.URIError{Text: u.Text, Key: "baud", Value: true, Reason: fmt.Sprintf("baud %q is no speed in bit/s", text), Valid: []string{"38400", "115200"}}
		}
	}
	switch text := u.Query.Get("protocol"); text {
	case "", "can":
	case "auto":
		o.Search = true
	default:
		return o, &adapter.URIError{Text: u.Text, Key: "protocol", Value: true, Reason: fmt.Sprintf("unknown protocol %q", text), Valid: []string{"can", "auto"}}
	}
	return o, nil
}

// cache is where what was probed is kept; empty: nowhere.
func cache() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "untether", "elm327")
}

func dial(ctx context.Context, target string, baud int) (serialport.Port, error) {
	if host, network := strings.CutPrefix(target, "//"); network {
		return serialport.DialTCP(ctx, strings.TrimSuffix(host, "/"))
	}
	return serialport.Open(ctx, target, serialport.Options{Baud: baud})
}

// New finds the dongle behind an open port, which becomes the Dongle's if there
// is no error.
func New(ctx context.Context, p serialport.Port, o Options) (*Dongle, error) {
	d := &Dongle{port: &port{Port: p}, opts: o, wire: make(chan struct{}, 1)}
	c, err := openChip(ctx, d.port, chipOptions{baud: o.Baud, key: o.Key, cache: o.Cache, anew: o.Anew, reset: d.wasReset})
	if err != nil {
		return nil, err
	}
	d.chip, d.baud, d.rest = c, c.port.Baud(), func() {}
	if d.baud == 0 {
		d.rest = background(d.attend)
	}
	return d, nil
}

// background runs f until it is told to end.
func background(f func(context.Context)) (end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}

// port tells when something has been written.
type port struct {
	serialport.Port
	written func() // of whoever has the wire; nil: nobody asks
}

func (p *port) Write(ctx context.Context, b []byte) error {
	err := p.Port.Write(ctx, b)
	if f := p.written; f != nil && err == nil {
		p.written = nil
		f()
	}
	return err
}

// wasReset notes that the chip has lost its settings.
func (d *Dongle) wasReset(error) {
	d.mu.Lock()
	l := d.link
	d.mu.Unlock()
	if l != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.incidents.Resets++
	}
}

// take waits for the wire.
func (d *Dongle) take(ctx context.Context) error {
	select {
	case d.wire <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	d.mu.Lock()
	closed := d.closed
	d.mu.Unlock()
	if closed {
		d.letGo()
		return net.ErrClosed
	}
	return nil
}

func (d *Dongle) letGo() { <-d.wire }

// Info describes the dongle by what it says of itself.
func (d *Dongle) Info() adapter.Info {
	able := d.Capabilities()
	name := able.Banner
	if able.Firmware != "" {
		name = able.Firmware
	}
	return adapter.Info{URI: d.opts.URI, Kind: adapter.KindMessage, Description: name}
}

// Capabilities is what was found out about the dongle.
func (d *Dongle) Capabilities() Capabilities { return d.chip.caps }

// Supply measures the supply voltage at the connector, between two requests. A
// dongle that does not measure gives a *NoSupplyError.
func (d *Dongle) Supply(ctx context.Context) (millivolts int, err error) {
	if err := d.take(ctx); err != nil {
		return 0, err
	}
	defer d.letGo()
	return d.chip.supply(ctx)
}

// farewell is how long the chip may take to end what it does.
const farewell = 1200 * time.Millisecond

// Close leaves the bus and the port. It may be called again.
func (d *Dongle) Close() error {
	d.mu.Lock()
	again := d.closed
	d.closed = true
	d.mu.Unlock()
	if again {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	d.rest()
	_ = d.leave()
	select {
	case d.wire <- struct{}{}:
		_ = d.chip.close(ctx) // a dongle that has gone cannot be put in order
		d.letGo()
	case <-ctx.Done():
	}
	return d.port.Close()
}
