// Package discover finds the units of a car, fast and without harm: it asks
// many addresses tester present, pipelined at a share of the bus that others
// leave free, and asks whoever seems to have answered again, alone.
//
//	listen 1 s ──► known, padded ──► all ranges ──► known, unpadded ──P2──► known and silent ──P2──► confirm ──► identify
//	 load, ids      at a pace in wire bits, answers counted                   once more           one by one
//
// Traffic is never taken for an answer. An answer comes on an identifier that
// was not heard before, has the exact form of one to tester present, comes
// within P2 of a probe that could have caused it, and comes again when that
// probe is repeated alone. No identifier that others send with is ever sent on.
package discover

import (
	"context"
	"time"

	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
)

// Options say what to look for, and how gently.
type Options struct {
	Known    []Known
	Full     bool    // all ranges in which cars of any make have their units
	Bench    bool    // 000-5FF as well: refused where there is other traffic
	Share    float64 // of the free bus that probes and answers may use, at most 1; 0: a half
	Identify bool    // read from each unit who it is, without a session

	// Progress is told of each probe, from the goroutine of Scan.
	Progress func(done, of int)
}

// Known is where a profile has a unit. Without a dialect it is asked in UDS.
// Groups and addresses with CAN FD are left out.
type Known struct {
	Address transport.Address
	Dialect guard.Dialect
}

// Times of a scan.
const (
	listening    = time.Second
	p2           = exchange.DefaultP2
	p2Star       = exchange.DefaultP2Star
	defaultShare = 0.5
)

// Scan looks for units behind a car that was joined. It needs the link for
// itself. The Result says what was found until then also where there is an
// error:
//
//	*guard.DeniedError  the guard refuses, Bench beside other traffic for example; nothing was sent there
//	*transport.OpError  matching ErrBusOff, ErrNoAck, ErrClosed (transport), or errors.ErrUnsupported: the link cannot probe
//	the context's own
func Scan(ctx context.Context, car *bringup.Car, o Options) (*Result, error) {
	s := newScan(car, o)
	err := s.run(ctx)
	return s.result(), err
}
