package car

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/untether-obd/untether/hardware-sim/fault"
	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/vecu"
	"github.com/untether-obd/untether/obd/can"
)

// Options change how a car runs.
type Options struct {
	Seed uint64 // of everything random

	// Unpaced leaves out bit timing, and with it the other traffic: a measure
	// of the software alone.
	Unpaced bool

	Fault *fault.Fault // what goes wrong; nil: nothing
}

// RuleIDInUse is broken by sending on an identifier that another node sends.
const RuleIDInUse vecu.Rule = "frame on an identifier in use"

// Car is a running car.
type Car struct {
	scenario *Scenario
	seg      *vbus.Segment
	unpaced  bool
	inUse    map[ID]bool // identifiers on which others than a tester send
	fault    *fault.Injection

	mu         sync.Mutex
	testers    []*vbus.Node
	sleep      Sleep
	isolated   bool
	units      []*running
	loads      []*vbus.Node
	ignition   Ignition
	speed      int
	supply     int
	closed     bool
	journal    []vecu.Entry
	violations []vecu.Violation
}

// running is a unit and its controller.
type running struct {
	unit     *Unit
	node     *vbus.Node
	server   *vecu.Server // nil: a script
	script   *vecu.Script
	dialogue *vecu.Dialogue
}

// tester is the name of the tester's controllers on the segment.
const tester = "tester"

// Start builds a car and lets it run until Close. A fault that cannot happen
// to this car gives a *fault.ImpossibleError.
func Start(s *Scenario, o Options) (*Car, error) {
	c := &Car{
		scenario: s, unpaced: o.Unpaced, ignition: s.Ignition, speed: s.Speed, supply: s.Supply, sleep: s.Sleep, inUse: s.senders(),
	}
	cfg := vbus.Config{Bitrate: s.Bitrate, Seed: o.Seed, Log: c.overhear}
	if o.Unpaced {
		cfg.Bitrate = 0
	}
	if o.Fault != nil {
		in, err := fault.New(*o.Fault, s.site(), o.Seed)
		if err != nil {
			return nil, fmt.Errorf("car: %w", err)
		}
		c.fault, cfg.Hook = in, in.Frame
	}
	c.seg = vbus.New(cfg)
	for i := range s.Units {
		if u := &s.Units[i]; s.reachable(u) {
			c.units = append(c.units, c.run(u, o.Seed+uint64(i)))
		}
	}
	for i := range s.Background {
		if err := c.background(&s.Background[i], i); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	c.settle()
	if s.Sleep.Asleep {
		c.Sleep()
	}
	if c.fault != nil {
		if err := c.fault.Begin(c.seg, hands{c}); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	return c, nil
}

// reachable says whether the tester's segment leads to the unit.
func (s *Scenario) reachable(u *Unit) bool {
	return u.Behind == "" || slices.Contains(s.Unit(u.Behind).Gateway.Routes, u.Name)
}

// senders are the identifiers of background and of the units' answers.
func (s *Scenario) senders() map[ID]bool {
	ids := map[ID]bool{}
	for _, b := range s.Background {
		for _, id := range b.IDs {
			ids[id] = true
		}
	}
	for i := range s.Units {
		if u := &s.Units[i]; s.reachable(u) {
			ids[ID{u.Address.RX, u.Address.Extended}] = true
		}
	}
	return ids
}

func (c *Car) run(u *Unit, seed uint64) *running {
	r := &running{unit: u}
	r.node = c.seg.Attach(u.Name, vbus.OnWake(func() { c.rouse(r) }))
	if len(u.Script) > 0 {
		r.script = vecu.Play(r.node, u.cues())
		return r
	}
	r.dialogue = vecu.NewDialogue(u.sheet(), vecu.Options{Seed: seed, Value: c.value, Left: func(at time.Time) {
		c.violated(vecu.Violation{Rule: vecu.RuleSession, Unit: u.Name, Time: at})
	}})
	cfg := vecu.Config{
		Name: u.Name, Address: u.Address, Functional: u.Functional, Params: u.Params(), Waits: u.Waits, MaxLen: u.MaxRequest,
		P2: u.P2, P2Star: u.P2Star, Handler: c.gate(u, r.dialogue), Heard: c.heard, Violated: c.violated,
	}
	if c.fault != nil {
		cfg = c.fault.Config(cfg)
	}
	r.server = vecu.Serve(r.node, cfg)
	return r
}

// Connect joins the car as a tester. A controller at another bit rate than
// the car's sees errors only; 0 is the car's own.
func (c *Car) Connect(bitrate int, listenOnly bool) (can.Bus, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, fmt.Errorf("car: %s: %w", c.scenario.ID, can.ErrClosed)
	}
	var options []vbus.Option
	if bitrate != 0 && !c.unpaced {
		options = append(options, vbus.Bitrate(bitrate))
	}
	if listenOnly {
		options = append(options, vbus.ListenOnly())
	}
	n := c.seg.Attach(tester, options...)
	c.testers = append(c.testers, n)
	return n, nil
}

// Close ends the car and the buses of its testers, and waits until all is
// still. A session that is open then counts as left open.
func (c *Car) Close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil
	}
	c.closed = true
	units := c.units
	c.mu.Unlock()
	if c.fault != nil {
		c.fault.Close()
	}
	var errs []error
	for _, r := range units {
		errs = append(errs, r.close())
	}
	return errors.Join(append(errs, c.seg.Close())...)
}

func (r *running) close() error {
	if r.script != nil {
		return r.script.Close()
	}
	err := r.server.Close()
	r.dialogue.End(time.Now())
	return err
}

// Journal gives every request that a unit received, in order of reception.
func (c *Car) Journal() []vecu.Entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.journal)
}

// Violations gives what testers did wrong so far.
func (c *Car) Violations() []vecu.Violation {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.violations)
}

func (c *Car) heard(e vecu.Entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.journal = append(c.journal, e)
}

func (c *Car) violated(v vecu.Violation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.violations = append(c.violations, v)
}

// overhear looks at what a tester sends, as the segment reports it.
func (c *Car) overhear(e vbus.Event) {
	if e.From == tester && !e.Frame.Is(can.Error) && c.inUse[ID{e.Frame.ID, e.Frame.Is(can.Extended)}] {
		c.violated(vecu.Violation{Rule: RuleIDInUse, Unit: e.Frame.IDString(), Time: e.End})
	}
}
