// Package fault does harm to simulated cars: each Fault has a name and does
// one thing that goes wrong in real ones, the same for the same seed.
//
//	f, err := fault.ByName("isotp-frame-missing")
//	in, err := fault.New(f, site, seed) // *ImpossibleError: this car lacks what it takes
//	... vbus.Config{Hook: in.Frame} ... vecu.Serve(bus, in.Config(cfg)) ...
//	err = in.Begin(segment, car)
//	in.Close()
//	in.Injected() // how often it struck
//
// A fault works where the part that it spoils is: in the frames on the wire,
// in what a unit answers, in nodes that do not belong, or on the car as a
// whole. The tester cannot see that there is one. What happens to one unit
// happens to the Site's victim.
package fault
