package fault

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Level says what part of a car a fault spoils.
type Level string

// The levels.
const (
	Frame Level = "frame" // single CAN frames, and who else sends some
	ISOTP Level = "isotp" // how a unit cuts its answers into frames
	Unit  Level = "unit"  // what a unit answers
	Car   Level = "car"   // the whole car, and the way to it
)

var levels = []Level{Frame, ISOTP, Unit, Car}

// Fault is one thing that goes wrong.
type Fault struct {
	Name  string
	Level Level
	Text  string // what happens
	Needs Need   // what a car must have so that it can happen; empty: nothing

	prepare func(*Injection)
}

// Need is something that not every car has.
type Need string

// The needs.
const (
	NeedsGateway  Need = "gateway"  // a unit behind one
	NeedsIgnition Need = "ignition" // a unit that loses its power with it
	NeedsSpeed    Need = "speed"    // a unit that tells it
	NeedsSupply   Need = "supply"   // a unit that tells its voltage
	NeedsSessions Need = "session"  // a diagnostic session in the unit that it strikes
)

// List gives all faults, by level and name.
func List() []Fault {
	var all []Fault
	for _, some := range [][]Fault{lossFaults(), errorFaults(), intruderFaults(), isotpFaults(), unitFaults(), answerFaults(), carFaults()} {
		all = append(all, some...)
	}
	slices.SortStableFunc(all, func(a, b Fault) int {
		return cmp.Or(slices.Index(levels, a.Level)-slices.Index(levels, b.Level), strings.Compare(a.Name, b.Name))
	})
	return all
}

// UnknownError says that no fault has a name, and which names there are.
type UnknownError struct {
	Name  string
	Known []string
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("fault: none is called %q; there are %s", e.Name, strings.Join(e.Known, ", "))
}

// ByName finds a fault. The error is an *UnknownError.
func ByName(name string) (Fault, error) {
	e := &UnknownError{Name: name}
	for _, f := range List() {
		if f.Name == name {
			return f, nil
		}
		e.Known = append(e.Known, f.Name)
	}
	return Fault{}, e
}

// ImpossibleError says what a car lacks that a fault needs.
type ImpossibleError struct {
	Fault, Car string
	Needs      Need
}

func (e *ImpossibleError) Error() string {
	return fmt.Sprintf("fault: %s cannot happen to %s: no %s", e.Fault, e.Car, e.Needs)
}
