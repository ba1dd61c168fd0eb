package vslcan

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/obd/can"
)

// Opener joins the segment that the dongle is plugged into.
type Opener func(ctx context.Context, bitrate int, listenOnly bool) (can.Bus, error)

// Options tell a dongle from the usual one.
type Options struct {
	Name  string // one of Names; empty: lawicel
	Fault string // one of Faults; empty: none
	Seed  uint64 // of what a fault leaves to chance
}

// model is what a kind of dongle can do.
type model struct {
	acks    bool // it acknowledges, and knows F, L, N and Z
	fd      bool
	version string        // the answer to V
	baud    int           // of its UART, in bit/s; 0: it is on USB
	keeps   time.Duration // how long a received frame may wait for the line, or is lost
	rates   map[byte]int
}

// queue is how many frames wait for the wire.
const queue = 64

// lineTime is what a frame of eight bytes takes at 57600 bit/s.
const lineTime = 22 * 10 * time.Second / 57_600

var models = map[string]model{
	"lawicel":   {acks: true, version: "V1013", rates: lawicelRates, keeps: time.Second},
	"can232":    {acks: true, version: "V1220", rates: lawicelRates, baud: 57_600, keeps: 64 * lineTime},
	"canable":   {version: "b158aa7 github.com/normaldotcom/canable-fw.git", rates: canableRates, keeps: time.Second},
	"canable-2": {version: "16e7497 github.com/normaldotcom/canable2-fw.git", rates: canableRates, keeps: time.Second, fd: true},
}

var lawicelRates = map[byte]int{
	'0': 10_000, '1': 20_000, '2': 50_000, '3': 100_000, '4': 125_000,
	'5': 250_000, '6': 500_000, '7': 800_000, '8': 1_000_000,
}

var canableRates = map[byte]int{
	'0': 10_000, '1': 20_000, '2': 50_000, '3': 100_000, '4': 125_000,
	'5': 250_000, '6': 500_000, '7': 750_000, '8': 1_000_000, '9': 83_333,
}

// Names are the dongles that there are.
func Names() []string { return slices.Sorted(maps.Keys(models)) }

// Dongle is an SLCAN dongle. One client at a time may be served.
type Dongle struct {
	model
	fault fault
	open  Opener
	dice  *rand.Rand
	began time.Time

	rate   int    // bit/s; 0: none was chosen yet
	silent bool   // M1
	last   []byte // the last command
	times  atomic.Bool
	told   atomic.Int64 // commands so far

	mu      sync.Mutex
	channel *channel // nil: closed
}

// New makes a dongle whose channel is closed.
func New(open Opener, o Options) (*Dongle, error) {
	if o.Name == "" {
		o.Name = "lawicel"
	}
	m, ok := models[o.Name]
	if !ok {
		return nil, fmt.Errorf("vslcan: no dongle %q; there are %v", o.Name, Names())
	}
	f, ok := faults[o.Fault]
	if !ok && o.Fault != "" {
		return nil, fmt.Errorf("vslcan: no fault %q; there are %v", o.Fault, Faults())
	}
	return &Dongle{model: m, fault: f, open: open, dice: rand.New(rand.NewPCG(o.Seed, 0)), began: time.Now()}, nil
}

// Line is the serial line that the dongle wants.
func (d *Dongle) Line() vserial.Options { return vserial.Options{Baud: d.baud} }

// Serve is there for a client until that leaves or ctx ends, neither of which
// is an error, or the dongle is pulled. It closes conn.
func (d *Dongle) Serve(ctx context.Context, conn vserial.Conn) error {
	ctx, cancel := context.WithCancel(ctx)
	s := &session{
		dongle: d, conn: conn, over: ctx.Done(),
		replies: make(chan []byte, 1), frames: make(chan []byte), changed: make(chan struct{}, 1),
	}
	var all sync.WaitGroup
	all.Go(func() { s.write(ctx) })
	all.Go(func() { s.report(ctx) })
	err := s.read(ctx)
	cancel()
	err = errors.Join(err, conn.Close())
	all.Wait()
	return err
}

// Close closes the channel.
func (d *Dongle) Close() error {
	c := d.swap(nil)
	if c == nil {
		return nil
	}
	return c.bus.Close()
}

func (d *Dongle) swap(c *channel) (former *channel) {
	d.mu.Lock()
	defer d.mu.Unlock()
	former, d.channel = d.channel, c
	return former
}

// muted reports whether a fault has made the dongle say nothing any more.
func (d *Dongle) muted() bool { return d.fault.mutedAt != 0 && d.told.Load() >= d.fault.mutedAt }

func (d *Dongle) current() *channel {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.channel
}

// unlessLeft is an error that is more than the end of a client or of ctx.
func unlessLeft(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
