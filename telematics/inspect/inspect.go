// Package inspect is the read-only pass over a car: it learns which car it is,
// picks a profile, asks the units side by side and says what the answers mean.
// Whatever goes wrong with one unit is a finding; the rest goes on.
package inspect

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
	"github.com/untether-obd/untether/telematics/message"
)

// Options say how to inspect.
type Options struct {
	Profiles *profiles.Set
	Profile  string                     // id of the profile to use; empty: find it
	Reveal   bool                       // put the values of masked identifiers into the result
	Printer  *message.Printer           // language of summaries and advice
	Progress func(s Step, done, of int) // may be nil; called from several goroutines, one at a time

	// OtherPins is asked before the adapter goes to other pins of the connector,
	// for a unit of the car's profile that is there. Nil is no.
	OtherPins func(ctx context.Context, unit, pins string) bool
}

// Step is what an inspection is at.
type Step string

// The steps, in order.
const (
	StepConnect Step = "connect" // before: whoever brings the car up tells it
	StepVehicle Step = "vehicle"
	StepUnits   Step = "units"
)

// UnknownProfileError is a profile id that no file has.
type UnknownProfileError struct {
	ID    string
	Known []string
}

func (e *UnknownProfileError) Error() string { return "inspect: no profile " + e.ID }

// Car inspects a car that was brought up, or a recording that answers like
// one: then start and duration are the recording's, so that the same file gives
// the same inspection. Where it is broken off, by ctx or by
// a bus that fails, the inspection so far comes with the error.
func Car(ctx context.Context, car *bringup.Car, info adapter.Info, o Options) (*telematics.Inspection, error) {
	p := newPass(o, info)
	p.link, p.woken, p.inUse = car.Link, car.Woken || car.Quiet, car.InUse
	p.bitrate, p.kline = car.Bitrate, car.Protocol != ""
	p.redacted = car.History() != nil && car.History().Redacted
	p.arrival(car)
	began := time.Now()
	p.out.Started = began
	before := car.Health()
	err := p.run(ctx)
	p.suffered(before, car.Health())
	if n := car.Dropped(); n > 0 {
		p.find(telematics.FramesDropped, "", n)
	}
	p.out.DurationMS = time.Since(began).Milliseconds()
	p.recall(car.History())
	p.finish()
	return p.out, err
}

// pass is one inspection under way.
type pass struct {
	o     Options
	link  *guard.Link
	woken bool // the car slept, or may have: a first request can be lost
	pace  *pace

	mu       sync.Mutex
	out      *telematics.Inspection
	done, of int
	unheard  int // frames in a row that nobody acknowledged
	vins     []storedVIN
	seen     map[string]bool     // identifiers told already
	guessed  map[string][]string // units known by other makes' addresses only, with the makes

	obd      *emission                      // nil: no unit answers OBD
	emission map[transport.Address]*emitter // who does
	memory   map[string]*memory             // by unit or group: what a recording has of it
	choice   profiles.Candidate
	inUse    func(transport.Address) bool
	engine   chan struct{} // who holds it may ask where emission units answer
	stood    bool          // the car did at first
	bitrate  int           // of the network that we are on; 0: any
	kline    bool          // that is not CAN
	meter    bool          // the adapter measures the supply, and can be believed
	guesses  int           // guessed addresses that the adapter cannot carry
	apart    []target      // units of the profile that are at other pins
	redacted bool          // a recording answers, and not with what the car said
}

func newPass(o Options, info adapter.Info) *pass {
	return &pass{
		o: o, pace: newPace(width(info)), seen: map[string]bool{}, guessed: map[string][]string{}, memory: map[string]*memory{}, emission: map[transport.Address]*emitter{},
		engine: make(chan struct{}, 1),
		out:    &telematics.Inspection{Adapter: info},
	}
}

// width is how much an adapter does side by side.
func width(info adapter.Info) int64 {
	if info.Kind == adapter.KindMessage {
		return single
	}
	return lanes
}

func (p *pass) run(ctx context.Context) error {
	if p.o.Profile != "" {
		if _, ok := p.o.Profiles.ByID(p.o.Profile); !ok {
			return p.unknownProfile()
		}
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	p.progress(StepVehicle)
	if err := p.vehicle(ctx); err != nil {
		return p.brokenOff(ctx, err)
	}
	units, err := p.choose(ctx)
	if err != nil {
		return p.brokenOff(ctx, err)
	}
	if err = p.askAll(ctx, units, stop); err == nil {
		err = p.askApart(ctx)
	}
	return p.brokenOff(ctx, err)
}

// errSupply ends an inspection because the battery is nearly empty: a result,
// told by a finding.
var errSupply = errors.New("inspect: supply voltage too low")

// brokenOff tells why an inspection ended early.
func (p *pass) brokenOff(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && (err != nil || !errors.Is(cause, context.Canceled)) {
		err = cause
	}
	switch {
	case errors.Is(err, errSupply):
		return nil
	case errors.Is(err, errGone):
		p.find(telematics.NotAcknowledged, "")
		p.find(telematics.Incomplete, "")
		return nil
	case err == nil:
		return nil
	case errors.Is(err, transport.ErrBusOff):
		p.find(telematics.BusOff, "")
	case ours(err) && fatal(err) && !errors.Is(err, errors.ErrUnsupported):
		p.find(telematics.AdapterFailed, "", p.out.Adapter.URI)
	}
	p.find(telematics.Incomplete, "")
	return err
}

func (p *pass) unknownProfile() error {
	e := &UnknownProfileError{ID: p.o.Profile}
	for _, known := range p.o.Profiles.All() {
		e.Known = append(e.Known, known.ID)
	}
	return e
}

// arrival turns what the way to the car was like into findings.
func (p *pass) arrival(car *bringup.Car) {
	if car.Woken {
		p.find(telematics.BusAsleep, "")
	}
	if car.Errors > 0 {
		p.find(telematics.BusErrors, "")
	}
	if car.Deaf {
		p.find(telematics.AdapterDeaf, "")
	}
	if p.kline {
		p.find(telematics.OverKLine, "", car.Protocol)
	}
	if car.Load >= full {
		p.find(telematics.BusFull, "", int(car.Load*100))
	}
}

// askAll asks all units side by side, telematics first: theirs take longest.
// Guesses come last.
func (p *pass) askAll(ctx context.Context, units []target, stop context.CancelCauseFunc) error {
	groups := byAddress(units)
	p.of = len(groups)
	p.progress(StepUnits)
	try := func(err error) {
		if err != nil {
			stop(err) // the bus is gone: nobody can be asked any more
		}
	}
	var wg sync.WaitGroup
	groupDone := make(chan struct{})
	wg.Go(func() {
		defer close(groupDone)
		try(p.emissionCodes(ctx))
	})
	if p.pace.oneByOne() {
		<-groupDone
	}
	for _, g := range groups {
		if err := p.pace.units.Acquire(ctx, 1); err != nil {
			break
		}
		wg.Go(func() {
			defer p.pace.units.Release(1)
			if p.obd.reaches(g[0].Address) {
				<-groupDone
				p.engine <- struct{}{}
				defer func() { <-p.engine }()
			}
			try(p.askUnit(ctx, g))
			p.step()
		})
	}
	unitsDone, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		<-groupDone
		try(p.guardian().stand(ctx, unitsDone))
	}()
	wg.Wait()
	close(unitsDone)
	<-watched
	return context.Cause(ctx)
}

// byAddress puts what is one unit in two dialects together, and telematics
// units first.
func byAddress(units []target) (groups [][]target) {
	for _, u := range units {
		i := slices.IndexFunc(groups, func(g []target) bool { return g[0].Address == u.Address })
		if i < 0 {
			groups = append(groups, []target{u})
			continue
		}
		groups[i] = append(groups[i], u)
	}
	slices.SortStableFunc(groups, func(a, b []target) int { return rank(a[0]) - rank(b[0]) })
	return groups
}

// rank puts guesses last, and of those the ones with 29 bits: a dongle takes
// time to change.
func rank(t target) int {
	switch {
	case t.probe && t.Address.Extended:
		return 4
	case t.probe:
		return 3
	case t.Role == profiles.Telematics:
		return 0
	case t.Role == profiles.HeadUnit:
		return 1
	}
	return 2
}

func (p *pass) progress(s Step) {
	if p.o.Progress != nil {
		p.o.Progress(s, p.done, p.of)
	}
}

func (p *pass) step() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	p.progress(StepUnits)
}
