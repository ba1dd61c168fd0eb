package doctor

import (
	"context"
	"errors"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/telematics/message"
)

func (x *examination) up(ctx context.Context, c adapter.Controller) error {
	if x.o.NoCar {
		return nil
	}
	return x.meet(bringup.Up(ctx, c))
}

func (x *examination) through(ctx context.Context, d adapter.Dongle) error {
	if x.o.NoCar {
		return nil
	}
	return x.meet(bringup.Through(ctx, d, bringup.Options{Progress: x.o.Protocol}))
}

// meet notes which car was met, and leaves it alone. That there is none is no
// failure of the adapter.
func (x *examination) meet(met *bringup.Car, err error) error {
	var (
		none  *bringup.NoCarError
		noise *bringup.BusErrorsError
	)
	car := &x.out.Car
	say := x.o.Printer
	switch {
	case errors.As(err, &none):
		car.State, car.Summary = CarAbsent, say.Text(message.CarAbsent)
		return nil
	case errors.As(err, &noise):
		car.State, car.Summary = CarGarbled, say.Text(message.CarGarbled)
		return nil
	case err != nil:
		car.State, car.Summary = CarUnknown, say.Text(message.CarUnknown)
		return err
	case met.Unproven:
		car.State, car.Summary = CarUnknown, say.Text(message.CarUnknown)
		return met.Link.Close()
	}
	car.State, car.Summary = CarMet, say.Text(message.CarMet)
	if met.Protocol != "" {
		car.Summary = say.Text(message.CarOverKLine, met.Protocol)
	}
	car.Bitrate, car.Protocol, car.Woken, car.Load, car.Errors = met.Bitrate, met.Protocol, met.Woken, met.Load, met.Errors
	return met.Link.Close()
}
