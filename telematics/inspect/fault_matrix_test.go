package inspect_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/hardware-sim/fault"
	"github.com/untether-obd/untether/telematics"
)

// matrix counts what became of each fault.
type matrix struct {
	mu       sync.Mutex
	rows     []*row
	findings map[string]int
}

type row struct {
	name                                         string
	completed, brokenOff, notStarted, impossible int
	names                                        []string
}

func newMatrix() *matrix {
	m := &matrix{findings: map[string]int{}}
	for _, f := range fault.List() {
		m.rows = append(m.rows, &row{name: f.Name})
	}
	return m
}

func (m *matrix) add(name string, o, clean *ordeal) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.rows[slices.IndexFunc(m.rows, func(r *row) bool { return r.name == name })]
	switch {
	case o.impossible != nil:
		r.impossible++
		return
	case o.up != nil:
		r.notStarted++
	case slices.ContainsFunc(o.result.Findings, func(f telematics.Finding) bool {
		return f.ID == telematics.Incomplete || f.ID == telematics.SupplyStop
	}):
		r.brokenOff++
	default:
		r.completed++
	}
	for _, name := range o.names(clean) {
		m.findings[name]++
		if !slices.Contains(r.names, name) {
			r.names = append(r.names, name)
		}
	}
}

func (m *matrix) String() string {
	var b strings.Builder
	var all row
	fmt.Fprintf(&b, "\n%-28s %9s %9s %11s %10s  %s\n", "fault", "completed", "broke off", "not started", "impossible", "told by")
	for _, r := range m.rows {
		slices.Sort(r.names)
		fmt.Fprintf(&b, "%-28s %9d %9d %11d %10d  %s\n", r.name, r.completed, r.brokenOff, r.notStarted, r.impossible, strings.Join(r.names, " "))
		all.completed += r.completed
		all.brokenOff += r.brokenOff
		all.notStarted += r.notStarted
		all.impossible += r.impossible
	}
	runs := all.completed + all.brokenOff + all.notStarted
	fmt.Fprintf(&b, "%-28s %9d %9d %11d %10d\n\n", fmt.Sprintf("%d faults", len(m.rows)), all.completed, all.brokenOff, all.notStarted, all.impossible)
	fmt.Fprintf(&b, "%d faults x %d cars: %d ran, %d cannot happen\n\n", len(m.rows), len(car.List()), runs, all.impossible)
	for _, name := range slices.Sorted(maps.Keys(m.findings)) {
		fmt.Fprintf(&b, "%-28s %4d\n", name, m.findings[name])
	}
	return b.String()
}
