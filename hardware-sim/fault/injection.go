package fault

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/untether-obd/untether/hardware-sim/vbus"
	"github.com/untether-obd/untether/hardware-sim/vecu"
)

// middle is the request to the victim at which things happen that happen in
// the middle of an inspection: it knows by then who is there.
const middle = 5

// Injection is a fault at work in one car. Its methods may be called by
// several goroutines.
type Injection struct {
	site Site
	seed uint64
	stop chan struct{}
	work sync.WaitGroup

	// What the fault does, set before anything begins; nil: nothing.
	frame  func(*telegram) vbus.Fate        // to frames between tester and units
	others func(vbus.Attempt) vbus.Fate     // to frames of others
	config func(*vecu.Config)               // to the victim
	reply  func(*call)                      // to answers
	begin  func(*vbus.Segment, Hands) error // when the car runs
	strike func(Hands)                      // in the middle

	mu       sync.Mutex
	random   *rand.Rand
	injected int
	asked    int // requests to the victim
	nth      int // messages of the victim's
	part     int // consecutive frames of the last
	hands    Hands
	closed   bool
}

// call is a request to a unit and what it is going to do about it.
type call struct {
	unit   *Station
	victim bool
	req    *vecu.Request
	serve  func() // lets the unit answer: sets reply
	reply  vecu.Reply
}

// New prepares a fault for a car. The error is an *ImpossibleError.
func New(f Fault, s Site, seed uint64) (*Injection, error) {
	if f.Needs != "" && slices.Contains(s.Lacks, f.Needs) {
		return nil, &ImpossibleError{Fault: f.Name, Car: s.Car, Needs: f.Needs}
	}
	in := &Injection{site: s, seed: seed, stop: make(chan struct{}), random: rand.New(rand.NewPCG(seed, 1))}
	f.prepare(in)
	return in, nil
}

func (in *Injection) victim() *Station { return &in.site.Units[in.site.Victim] }

// Injected is how often the fault has struck so far.
func (in *Injection) Injected() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.injected
}

// hit counts; in.mu is held.
func (in *Injection) hit() { in.injected++ }

// did is hit for those who do not hold in.mu.
func (in *Injection) did() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.hit()
}

// Begin lets the fault loose on a car that runs.
func (in *Injection) Begin(s *vbus.Segment, h Hands) error {
	in.mu.Lock()
	in.hands = h
	in.mu.Unlock()
	if in.begin == nil {
		return nil
	}
	return in.begin(s, h)
}

// Close ends what the fault does by itself and waits for it. It comes before
// the end of the segment.
func (in *Injection) Close() {
	in.mu.Lock()
	if !in.closed {
		in.closed = true
		close(in.stop)
	}
	in.mu.Unlock()
	in.work.Wait()
}

// Frame decides the fate of a frame: the hook of the segment.
func (in *Injection) Frame(a vbus.Attempt) vbus.Fate {
	in.mu.Lock()
	defer in.mu.Unlock()
	t, ours := in.parse(&a)
	if !ours {
		if in.others == nil {
			return vbus.Fate{}
		}
		return in.others(a)
	}
	if t.victim && !t.answer && t.begins() && t.Number == 0 {
		in.request()
	}
	if in.frame == nil {
		return vbus.Fate{}
	}
	return in.frame(&t)
}

// request counts a request to the victim.
func (in *Injection) request() {
	in.asked++
	if in.strike == nil || in.asked != middle || in.hands == nil || in.closed {
		return
	}
	in.after(time.Millisecond, func() {
		in.did()
		in.strike(in.hands)
	})
}

// after does something later, unless the car ends before. Close must not have
// been called.
func (in *Injection) after(d time.Duration, f func()) {
	in.work.Go(func() {
		if in.rest(d) {
			f()
		}
	})
}

// rest waits and says whether the car still runs.
func (in *Injection) rest(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-in.stop:
		return false
	}
}

// Config spoils what a unit is, and what it answers.
func (in *Injection) Config(c vecu.Config) vecu.Config {
	i := slices.IndexFunc(in.site.Units, func(s Station) bool { return s.Name == c.Name })
	victim := i == in.site.Victim
	if victim && in.config != nil {
		in.config(&c)
	}
	if in.reply != nil && i >= 0 {
		c.Handler = in.between(&in.site.Units[i], victim, c.Handler)
	}
	return c
}

func (in *Injection) between(u *Station, victim bool, unit vecu.Handler) vecu.Handler {
	return vecu.HandlerFunc(func(r *vecu.Request) vecu.Reply {
		in.mu.Lock()
		defer in.mu.Unlock()
		c := call{unit: u, victim: victim, req: r}
		c.serve = func() { c.reply = unit.Serve(r) }
		in.reply(&c)
		return c.reply
	})
}
