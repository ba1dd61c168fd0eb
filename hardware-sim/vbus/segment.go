// Package vbus simulates a CAN segment: bit timing with exact stuffing,
// arbitration, acknowledgement, errors and their confinement, background
// load, loss and single faults.
//
// The segment keeps an absolute bus time on the clock of package time, so it
// is virtual inside a testing/synctest bubble and wall time outside. A frame
// starts when the wire is free and the frame is queued, whichever is later,
// even if the simulation comes to it late: a timer of the wall clock may tick
// only every millisecond, and then several frames are delivered at once, each
// with the time at which it ended. So a queue that is never empty fills the
// wire at any tick. A sender that waits for each echo before it queues the
// next frame pays a tick a frame in wall time, and nothing in virtual time.
//
// Frames are exchanged whole; of the bits only their number and the
// arbitration matter. Two simplifications: nodes that send the same
// identifier at the same moment do not destroy each other's frame, the one
// attached first goes first; and the place of an error in a frame is not
// drawn, it is where the kind of error is usually found.
//
// All methods of Segment and Node are safe for use by several goroutines.
package vbus

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/untether-obd/untether/obd/can"
)

// Config describes a segment.
type Config struct {
	Bitrate     int         // bit/s; 0: no bit timing, frames arrive at once
	DataBitrate int         // bit/s of FD frames with BRS; 0: as Bitrate
	Seed        uint64      // of everything random: loss and load
	Loss        float64     // probability that a receiver misses a frame that the sender sees acknowledged
	Hook        Hook        // may be nil
	Log         func(Event) // every frame on the wire, in order; may be nil, see Hook for what it may do
}

// repeatUnpaced is when a failed frame is tried again without bit timing.
const repeatUnpaced = time.Millisecond

// Segment is one pair of wires and what is attached to it.
type Segment struct {
	cfg    Config
	poke   chan struct{} // holds a token when the worker must look again
	done   chan struct{}
	ended  chan struct{} // closed when the worker is gone
	closed sync.Once

	mu     sync.Mutex
	chance *rand.Rand // loss
	nodes  []*Node
	loads  uint64    // generators so far: each has its own random numbers
	free   time.Time // first moment at which a frame may start
	flight flight    // the frame on the wire
	flying bool      // there is one
	flown  uint64    // frames that have started
	wakes  []func()  // callbacks for the worker
	plan   time.Time // when the worker looks again by itself; zero: never
}

// New makes a segment. Close ends it.
func New(cfg Config) *Segment {
	s := &Segment{
		cfg:    cfg,
		poke:   make(chan struct{}, 1),
		done:   make(chan struct{}),
		ended:  make(chan struct{}),
		chance: rand.New(rand.NewPCG(cfg.Seed, 0)),
	}
	go s.work()
	return s
}

// Close closes every node and waits until the segment is still. It must not
// be called from a wake callback.
func (s *Segment) Close() error {
	s.closed.Do(func() { close(s.done) })
	<-s.ended
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.nodes {
		n.leave()
	}
	s.nodes = nil
	return nil
}

func (s *Segment) isClosed() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// Attach puts a controller on the segment. On a closed segment it is closed.
func (s *Segment) Attach(name string, opts ...Option) *Node {
	o := s.usual()
	for _, opt := range opts {
		opt(&o)
	}
	n := newNode(s, name, o)
	s.join(n, nil)
	return n
}

func (s *Segment) usual() options {
	return options{bitrate: s.cfg.Bitrate, room: defaultRoom, depth: defaultDepth}
}

func (s *Segment) join(n *Node, l *Load) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isClosed() {
		n.leave()
		return
	}
	now := time.Now()
	if l != nil {
		n.gen = s.generator(*l, now)
	}
	n.since = s.flown
	s.nodes = append(s.nodes, n)
	s.step(now)
}

// work moves the bus whenever its time has come, and runs wake callbacks.
func (s *Segment) work() {
	defer close(s.ended)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		s.callWakes()
		var due <-chan time.Time
		if wait, busy := s.turn(); busy {
			timer.Reset(wait)
			due = timer.C
		}
		select {
		case <-due:
		case <-s.poke:
		case <-s.done:
			return
		}
	}
}

// turn moves the bus up to now and says how long the worker may rest; false:
// until it is poked.
func (s *Segment) turn() (time.Duration, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.plan = s.advance(now)
	if len(s.wakes) > 0 {
		return 0, true
	}
	return s.plan.Sub(now), !s.plan.IsZero()
}

// callWakes runs callbacks without the lock, so that they may call Wake.
func (s *Segment) callWakes() {
	s.mu.Lock()
	calls := s.wakes
	s.wakes = nil
	s.mu.Unlock()
	for _, call := range calls {
		call()
	}
}

// step moves the bus up to now and pokes the worker if it rests too long.
func (s *Segment) step(now time.Time) {
	next := s.advance(now)
	sooner := !next.IsZero() && (s.plan.IsZero() || next.Before(s.plan))
	if !sooner && len(s.wakes) == 0 {
		return
	}
	select {
	case s.poke <- struct{}{}:
	default:
	}
}

func (s *Segment) log(fl *flight, f *can.Frame) {
	if s.cfg.Log != nil {
		s.cfg.Log(Event{From: fl.from.name, Frame: *f, Start: fl.start, End: fl.end})
	}
}
