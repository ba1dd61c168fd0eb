package inspect_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/hardware-sim/fault"
	"github.com/untether-obd/untether/hardware-sim/vecu"
	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/telematics"
	"github.com/untether-obd/untether/telematics/inspect"
)

// longest is what an inspection of a car with a fault may take, waking it
// included.
const longest = 90 * time.Second

// ordeal is an inspection of a car with a fault.
type ordeal struct {
	impossible *fault.ImpossibleError
	up         error // of the way to the car
	err        error // of the inspection
	result     *telematics.Inspection
	took       time.Duration
	injected   int
	journal    []vecu.Entry
	violations []vecu.Violation
}

// endure inspects a car in virtual time. That it returns at all shows that
// every goroutine has ended.
func endure(t *testing.T, s *car.Scenario, f *fault.Fault) (o ordeal) {
	t.Helper()
	with := options(t)
	with.Reveal = true
	synctest.Test(t, func(t *testing.T) {
		c, err := car.Start(s, car.Options{Seed: 1, Fault: f})
		if errors.As(err, &o.impossible) {
			return
		}
		require.NoError(t, err)
		began := time.Now()
		at := socket{c, s.ID}
		up, err := bringup.Up(t.Context(), at)
		if o.up = err; err == nil {
			o.result, o.err = inspect.Car(t.Context(), up, at.Info(), with)
			time.Sleep(time.Second) // what was sent last has arrived
			require.NoError(t, up.Link.Close())
		}
		o.took = time.Since(began)
		require.NoError(t, c.Close())
		o.injected, o.journal, o.violations = c.Injected(), c.Journal(), c.Violations()
	})
	return o
}

// names are what the fault may be told by: the findings that a car without it
// has not, or the type of the error that there is instead of an inspection.
func (o *ordeal) names(clean *ordeal) (names []string) {
	switch o.up.(type) { //nolint:errorlint // the type is what is told, bare
	case nil:
	case *bringup.BusErrorsError:
		return []string{busErrorsError}
	case *bringup.NoCarError:
		return []string{noCarError}
	default:
		return []string{o.up.Error()}
	}
	known := func(f telematics.Finding) bool {
		return slices.ContainsFunc(clean.result.Findings, func(c telematics.Finding) bool { return c.ID == f.ID && c.Unit == f.Unit })
	}
	for _, f := range o.result.Findings {
		if !known(f) && !slices.Contains(names, string(f.ID)) {
			names = append(names, string(f.ID))
		}
	}
	return names
}

// TestFaults is the matrix: every fault in every car. The inspection ends in
// time, says nothing that the car without the fault did not say, names what
// happened, and asks nothing that it must not.
func TestFaults(t *testing.T) {
	m := newMatrix()
	t.Run("in", func(t *testing.T) {
		for _, info := range car.List() {
			if underRace && info.ID != "land-rover-discovery-2016" {
				continue // the faults are the same in all of them
			}
			s := load(t, info.ID)
			clean := endure(t, s, nil)
			require.NoError(t, clean.err)
			for _, f := range fault.List() {
				t.Run(info.ID+"/"+f.Name, func(t *testing.T) {
					t.Parallel()
					o := endure(t, s, &f)
					m.add(f.Name, &o, &clean)
					requireEndured(t, &f, s, &clean, &o)
				})
			}
		}
	})
	for _, id := range met {
		if underRace {
			break // some of them in other cars
		}
		require.NotZero(t, m.findings[string(id)], "somebody meets %s", id)
	}
	t.Log(m)
}

func requireEndured(t *testing.T, f *fault.Fault, s *car.Scenario, clean, o *ordeal) {
	t.Helper()
	if o.impossible != nil {
		require.NotEmpty(t, f.Needs)
		return
	}
	require.NotZero(t, o.injected, "it has happened")
	require.Less(t, o.took, longest)
	requireNamed(t, f.Name, s.ID, o.names(clean))
	requireAllowed(t, o.journal)
	requireManners(t, f.Name, o.violations)
	if o.up == nil {
		requireNothingWrong(t, clean, o)
	}
}

func requireNamed(t *testing.T, name, id string, got []string) {
	t.Helper()
	want, ok := told[name]
	require.True(t, ok, "what is %s told by?", name)
	if other, special := toldIn[id+" "+name]; special {
		want = other
	}
	require.True(t, slices.ContainsFunc(want, func(w string) bool { return slices.Contains(got, w) }),
		"told by %v, want one of %v", got, want)
}

// requireManners: the tester breaks no rule, but those that a fault makes it
// break: where 78 is lost it cannot know that the unit is still at work.
func requireManners(t *testing.T, name string, violations []vecu.Violation) {
	t.Helper()
	for _, v := range violations {
		require.Contains(t, provoked[name], v.Rule, v.String())
	}
}

// requireNothingWrong: what is told of the car is a part of what is told
// without the fault. A unit that only a guess found has a longer name.
func requireNothingWrong(t *testing.T, clean, o *ordeal) {
	t.Helper()
	c := o.result.Coverage
	require.Equal(t, c.Asked, c.Answered+c.Refused+c.Silent)
	if vin := o.result.Vehicle.VIN; vin != "" {
		require.Equal(t, clean.result.Vehicle.VIN, vin)
	}
	for _, got := range o.result.Identifiers {
		same := func(x telematics.ReadIdentifier) bool {
			return x.Kind == got.Kind && x.Value == got.Value && strings.HasPrefix(got.Unit, x.Unit)
		}
		if got.Valid {
			require.True(t, slices.ContainsFunc(clean.result.Identifiers, same), "%+v", got)
		}
	}
	for _, got := range o.result.Signals {
		same := func(x telematics.Signal) bool {
			return x.Name == got.Name && x.Value == got.Value && x.Raw == got.Raw && strings.HasPrefix(got.Unit, x.Unit)
		}
		require.True(t, slices.ContainsFunc(clean.result.Signals, same), "%+v", got)
	}
}
