// Package velm is an ELM327 or STN dongle that is not there: a chip that a
// driver talks to over a simulated serial line, in front of a simulated car.
//
//	d, err := velm.New("stn1110", open, velm.Options{})
//	host, device := vserial.Pipe(d.Line())
//	go d.Serve(ctx, device)
//	...
//	d.Ledger() // what the driver did, and what it should not have done
//
// It behaves as the chips do, not as a driver would like: a character that
// comes before the prompt breaks off what is under way, a bare carriage return
// repeats the last command, a line too many fills the buffer. What the kinds of
// dongles do differently is in one table, see models.go; figures that no
// source names are marked there as assumptions.
//
// The chip does its own ISO-TP, independent of the one that units and clients
// share. It runs on the clock of package time, so in virtual time inside a
// testing/synctest bubble.
package velm
