package doctor

import (
	"context"
	"errors"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/adapter/elm327"
	"github.com/untether-obd/untether/obd/adapter/slcan"
	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics/message"
)

// Options are what an examination needs.
type Options struct {
	Profiles *profiles.Set
	Printer  *message.Printer
	NoCar    bool                                    // say nothing on the car's bus
	Protocol func(protocol string, tried, ofAll int) // told of a search of other protocols; may be nil
}

// ErrNoHardware is something that is opened like an adapter and is none: a
// recording.
var ErrNoHardware = errors.New("doctor: a recording is no adapter")

// examination is one adapter's.
type examination struct {
	o      Options
	out    *Report
	limits limits
}

// Examine finds out how good an adapter is. The car behind it, if it may be
// asked, meets what every bring-up sends and nothing else. A report beside an
// error is what was learned until then; if ctx has ended there is none.
func Examine(ctx context.Context, ad adapter.Adapter, o Options) (*Report, error) {
	began := time.Now()
	x := &examination{o: o, out: &Report{Started: began, Adapter: ad.Info(), Clone: Unknown, Car: Car{State: CarNotAsked}}}
	err := x.look(ctx, ad)
	switch {
	case errors.Is(err, ErrNoHardware), err != nil && ctx.Err() != nil:
		return nil, err // nothing that a grade could rest on
	case err != nil:
		x.because(BrokenOff)
	}
	x.conclude()
	x.out.DurationMS = time.Since(began).Milliseconds()
	return x.out, err
}

func (x *examination) look(ctx context.Context, ad adapter.Adapter) error {
	switch d := ad.(type) {
	case *elm327.Dongle:
		return x.elm(ctx, d)
	case *slcan.Dongle:
		return x.slcan(ctx, d)
	case adapter.Dongle:
		x.out.Identity.Family = "dongle"
		return x.through(ctx, d)
	case adapter.Controller:
		x.out.Identity.Family = "can"
		return x.up(ctx, d)
	}
	return ErrNoHardware
}

// conclude draws the conclusions from what was learned.
func (x *examination) conclude() {
	x.out.Makes = makes(x.o.Profiles, x.limits, x.o.Printer)
	x.judgeReach()
	x.out.Grade = grade(x.out.Reasons)
	x.advise()
}
