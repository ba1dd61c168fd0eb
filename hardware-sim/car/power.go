package car

import "time"

// Ignition turns the key. Units that need it lose their power without, and
// forget their session.
func (c *Car) Ignition(to Ignition) {
	c.mu.Lock()
	c.ignition = to
	c.mu.Unlock()
	c.settle()
}

// Drive sets the speed in km/h.
func (c *Car) Drive(speed int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.speed = speed
}

// Supply sets the voltage of the battery in mV.
func (c *Car) Supply(millivolts int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.supply = millivolts
}

// Voltage is that of the battery in mV, as a plug in the car's socket has it.
func (c *Car) Voltage() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.supply
}

// Ignited reports whether the key is turned.
func (c *Car) Ignited() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ignition != Off
}

// settle gives power to the units that shall have it.
func (c *Car) settle() {
	for _, r := range c.units {
		if c.powered(r) {
			r.node.Wake()
		} else {
			r.sleep()
		}
	}
}

func (c *Car) powered(r *running) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !r.unit.Ignition || c.ignition != Off
}

// Sleep lets the whole car fall asleep.
func (c *Car) Sleep() {
	for _, r := range c.units {
		r.sleep()
	}
	for _, n := range c.loads {
		n.Sleep()
	}
}

func (r *running) sleep() {
	r.node.Sleep()
	if r.server != nil {
		r.server.Restart(time.Time{})
	}
}

// rouse wakes a unit after a frame has: its controller first, which then
// acknowledges what the unit does not hear yet. The rest of the car wakes
// with it.
func (c *Car) rouse(r *running) {
	if !c.powered(r) {
		return
	}
	c.mu.Lock()
	sleep, never := c.sleep, c.isolated
	c.mu.Unlock()
	if never {
		return
	}
	if r.server != nil {
		r.server.Restart(time.Now().Add(sleep.Units))
	}
	time.AfterFunc(sleep.Controllers, func() {
		r.node.Wake()
		for _, n := range c.loads {
			n.Wake()
		}
	})
}

const quarterTurns = 4

// value fills the holes in what units say.
func (c *Car) value(name string) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch name {
	case "speed":
		return uint64(c.speed)
	case "supply":
		return uint64(c.supply)
	}
	if c.ignition == Ready {
		return idle * quarterTurns
	}
	return 0
}

// idle is how fast an engine turns that runs and does nothing else, a minute.
const idle = 800
