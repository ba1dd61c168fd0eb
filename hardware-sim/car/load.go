package car

import (
	"fmt"
	"slices"
	"strings"

	"github.com/untether-obd/untether/hardware-sim/scenarios"
)

// Info is a car that there is.
type Info struct{ ID, Title string }

// UnknownError says that there is no such car, and which there are.
type UnknownError struct {
	Name  string
	Known []string
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("car: no scenario is called %q; there are %s", e.Name, strings.Join(e.Known, ", "))
}

const suffix = ".yaml"

// Load reads one of the built-in cars.
func Load(name string) (*Scenario, error) {
	if known := names(); !slices.Contains(known, name) {
		return nil, &UnknownError{Name: name, Known: known}
	}
	data, err := scenarios.Files.ReadFile(name + suffix)
	if err != nil {
		return nil, fmt.Errorf("car: %w", err)
	}
	return Parse(name+suffix, data)
}

func names() (all []string) {
	entries, _ := scenarios.Files.ReadDir(".") // an embedded folder can always be read
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), suffix); ok {
			all = append(all, name)
		}
	}
	return all
}

// List gives the built-in cars by name. One that cannot be read has its error
// for a title.
func List() (all []Info) {
	for _, name := range names() {
		s, err := Load(name)
		if err != nil {
			all = append(all, Info{name, err.Error()})
			continue
		}
		all = append(all, Info{s.ID, s.Title})
	}
	return all
}
