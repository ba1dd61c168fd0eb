package car

import (
	"slices"
	"time"

	"github.com/untether-obd/untether/hardware-sim/fault"
)

// Injected is how often the fault of the Options has struck so far.
func (c *Car) Injected() int {
	if c.fault == nil {
		return 0
	}
	return c.fault.Injected()
}

// site is the car as a fault sees it. The victim is the unit that has most to
// say, so in a car with a telematics unit that one.
func (s *Scenario) site() fault.Site {
	site := fault.Site{Car: s.ID, Tester: tester}
	most := -1
	for i := range s.Units {
		u := &s.Units[i]
		if !s.reachable(u) {
			continue
		}
		if n := u.talk(); n > most {
			most, site.Victim = n, len(site.Units)
		}
		site.Units = append(site.Units, fault.Station{Name: u.Name, Address: u.Address, Functional: u.Functional, Behind: u.Behind != ""})
	}
	site.Lacks = s.lacks(site.Units[site.Victim].Name)
	return site
}

// talk is how many bytes a unit could say; a script's cannot be spoiled.
func (u *Unit) talk() (n int) {
	for i := range u.Answers {
		n += len(u.Answers[i].Response.Data)
	}
	return n
}

func (s *Scenario) lacks(victim string) (needs []fault.Need) {
	some := func(has func(*Unit) bool) bool {
		return slices.ContainsFunc(s.Units, func(u Unit) bool { return s.reachable(&u) && has(&u) })
	}
	lack := func(n fault.Need, has bool) {
		if !has {
			needs = append(needs, n)
		}
	}
	lack(fault.NeedsGateway, some(func(u *Unit) bool { return u.Behind != "" }))
	lack(fault.NeedsIgnition, some(func(u *Unit) bool { return u.Ignition }))
	lack(fault.NeedsSpeed, some(func(u *Unit) bool { return u.answers(0x01, 0x0D) }))
	lack(fault.NeedsSupply, some(func(u *Unit) bool { return u.answers(0x01, 0x42) }))
	lack(fault.NeedsSessions, len(s.Unit(victim).Sessions) > 0)
	return needs
}

func (u *Unit) answers(request ...byte) bool {
	return slices.ContainsFunc(u.Answers, func(a Answer) bool { return slices.Equal(a.Request.Data, request) })
}

// hands are what a fault does to a car.
type hands struct{ c *Car }

func (h hands) Sleep(controllers time.Duration) {
	if controllers > 0 {
		h.c.mu.Lock()
		h.c.sleep.Controllers = controllers
		h.c.mu.Unlock()
	}
	h.c.Sleep()
}

func (h hands) IgnitionOff()          { h.c.Ignition(Off) }
func (h hands) Supply(millivolts int) { h.c.Supply(millivolts) }
func (h hands) Drive(kmh int)         { h.c.Drive(kmh) }

// Isolate puts everybody but the tester to sleep, so deeply that nothing wakes
// them: the wires end at the plug.
func (h hands) Isolate() {
	h.c.mu.Lock()
	h.c.isolated = true
	h.c.mu.Unlock()
	h.c.Sleep()
}

func (h hands) Unplug() {
	h.c.mu.Lock()
	defer h.c.mu.Unlock()
	for _, n := range h.c.testers {
		_ = n.Close() // cannot fail
	}
}
