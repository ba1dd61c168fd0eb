package discover

import (
	"context"
	"sync"
	"time"

	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
)

// scan is one run of Scan. The link's reader calls hear; all else happens in
// the goroutine of Scan.
type scan struct {
	car     *bringup.Car
	options Options
	probing *guard.Probing
	began   time.Time // the end of listening
	ended   time.Time // of the last confirmation
	done    int       // probes of the plan
	of      int
	news    chan struct{} // of one: hear has something

	mu         sync.Mutex
	listening  bool
	traffic    map[identifier]bool // who others than units that answer us send as
	load       int                 // bits heard while listening
	pace       pace
	flying     []*probe            // sent, not confirmed
	echoed     time.Time           // when one was confirmed last, in our time
	recent     []*probe            // sent since frames were lost last
	lost       []*probe            // they, or their answers, may not have been heard
	asked      map[source][]*probe // by where their answers may come from
	candidates map[source]*candidate
	order      []*candidate
	late       lateness
	distress   []Distress
	failure    error // why nothing more can be sent
	unacked    bool  // what the controller said last
	stats      Stats

	units []*found
}

func newScan(car *bringup.Car, o Options) *scan {
	if o.Share <= 0 || o.Share > 1 {
		o.Share = defaultShare
	}
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	return &scan{
		car: car, options: o, news: make(chan struct{}, 1),
		traffic: map[identifier]bool{}, asked: map[source][]*probe{},
		candidates: map[source]*candidate{},
	}
}

func (s *scan) run(ctx context.Context) error {
	if err := s.letAnswer(ctx); err != nil {
		return err
	}
	known := s.knownAddresses()
	probing, err := s.car.Link.Probe(guard.Probes{Known: known, Bench: s.options.Bench}, s.hear)
	if err != nil {
		return err
	}
	s.probing = probing
	defer probing.Close()
	if err := s.listen(ctx); err != nil {
		return err
	}
	if err := s.find(ctx); err != nil {
		return err
	}
	if !s.options.Identify {
		return nil
	}
	return s.identify(ctx)
}

// letAnswer waits until the question by which a silent car was joined has its
// answers: they are no traffic.
func (s *scan) letAnswer(ctx context.Context) error {
	if !s.car.Quiet {
		return ctx.Err()
	}
	return s.wait(ctx, time.Now().Add(p2), never)
}

func (s *scan) knownAddresses() (all []transport.Address) {
	for _, k := range s.options.Known {
		all = append(all, k.Address)
	}
	return all
}

// listen learns who else is there and how much of the bus he takes.
func (s *scan) listen(ctx context.Context) error {
	s.setListening(true)
	began := time.Now()
	if err := s.wait(ctx, began.Add(listening), never); err != nil {
		return err
	}
	s.setListening(false)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Load = float64(s.load) / time.Since(began).Seconds()
	free := max(float64(s.car.Bitrate)-s.stats.Load, leastFree*float64(s.car.Bitrate))
	s.began = time.Now()
	s.ended = s.began
	s.pace = pace{share: s.options.Share, free: free, since: s.began}
	return nil
}

// leastFree is what a bus that seems to be full has left: arbitration gives
// us no more than it has.
const leastFree = 0.02

func (s *scan) setListening(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listening = on
}
