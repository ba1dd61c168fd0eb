package velm

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/untether-obd/untether/hardware-sim/vserial"
	"github.com/untether-obd/untether/obd/can"
)

// Open joins a segment of the car as a controller, which belongs to the dongle
// until it closes it.
type Open func(ctx context.Context, bitrate int, listenOnly bool) (can.Bus, error)

// Options describe where a dongle is plugged in.
type Options struct {
	Supply   func() int  // mV at the connector; nil: 12.6 V
	Ignition func() bool // what ATIGN reads; nil: on
	KLine    *KLine      // who is on the K-line; nil: nobody
	Second   Open        // the segment on pins 3 and 11; nil: nothing is there

	Fault string // name, or name:argument; see Faults. Empty: none
	Seed  uint64 // of everything random
}

// Dongle is plugged into a car. What was set stays when a client leaves. All
// its methods are safe for use by several goroutines.
type Dongle struct {
	model *model
	open  Open
	opts  Options
	turn  chan struct{} // held while a client is served
	fault *injury

	mu     sync.Mutex
	ledger Ledger

	chip    chip // of whoever holds turn
	wakings int  // of the K-line; likewise
}

// ErrBusy says that another client is being served.
var ErrBusy = errors.New("velm: another client has the dongle")

// New plugs a dongle in. The error names what there is instead of an unknown
// name or fault.
func New(name string, open Open, o Options) (*Dongle, error) {
	m, err := modelByName(name)
	if err != nil {
		return nil, err
	}
	f, err := injure(o.Fault, o.Seed)
	if err != nil {
		return nil, err
	}
	d := &Dongle{model: m, open: open, opts: o, fault: f, turn: make(chan struct{}, 1)}
	d.chip = newChip(m, o.Seed)
	return d, nil
}

// Line is the serial line that the dongle wants: its speed and how many bytes
// it keeps for sending.
func (d *Dongle) Line() vserial.Options {
	return vserial.Options{Baud: d.model.baud, Queue: d.model.transmit}
}

// Bridged says that the dongle is met over TCP rather than a serial port, so
// that its host has no say in the speed.
func (d *Dongle) Bridged() bool { return d.model.bridge }

// PowerCycle pulls the dongle and plugs it in again, once nobody is served.
func (d *Dongle) PowerCycle() {
	d.turn <- struct{}{}
	d.chip = newChip(d.model, d.opts.Seed)
	<-d.turn
}

// Serve talks to a client until it leaves, which is no error, or ctx ends. It
// closes conn.
func (d *Dongle) Serve(ctx context.Context, conn vserial.Conn) error {
	defer conn.Close()
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	default:
		return ErrBusy
	}
	conn.SetBaud(d.chip.baud)
	return newSession(d, conn).run(ctx)
}

// chip is what a dongle keeps while it has power.
type chip struct {
	settings
	baud    int
	dead    bool          // answers nothing until it is unplugged
	asleep  bool          // ATLP
	fatal   bool          // its CAN controller cannot be used
	last    string        // what a bare carriage return repeats
	learned time.Duration // how late answers come, for adaptive timing
	chance  *rand.Rand    // of what is random
	kline   klineState    // of the K-line
	user    userProtocol  // B
	window  time.Duration // ATBRT, STBRT
	filters []idFilter    // STFAP
	flows   []flowPair    // STCFCPA
}

func newChip(m *model, seed uint64) chip {
	return chip{
		settings: defaults(m), baud: m.baud, user: userDefault, window: handshake,
		chance: rand.New(rand.NewPCG(seed, uint64(len(m.name)))),
	}
}
