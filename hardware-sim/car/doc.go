// Package car builds whole simulated cars out of scenarios: control units
// with what they say, a gateway in front of some of them, other traffic, sleep
// and ignition, on one segment. A tester joins at the OBD socket:
//
//	s, err := car.Load("bmw-5-2017")
//	c, err := car.Start(s, car.Options{})
//	bus, err := c.Connect(500_000, false) // a can.Bus
//	...
//	err = c.Close()
//	c.Journal()    // every request that a unit received
//	c.Violations() // what the tester did wrong
//
// A car runs on the clock of package time, so in virtual time inside a
// testing/synctest bubble. All methods of Car are safe for use by several
// goroutines.
package car
