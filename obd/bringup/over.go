package bringup

import (
	"context"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/guard"
)

// Over reaches the car behind an adapter that joins its bus by itself. The
// bit rate is not known then. The caller closes Car.Link.
func Over(ctx context.Context, l adapter.Linker) (*Car, error) {
	link, err := l.OpenLink(ctx)
	if err != nil {
		return nil, err
	}
	car := &Car{Link: guard.New(link, guard.Policy{})}
	if p, ok := l.(adapter.Past); ok {
		h := p.Past()
		car.past, car.Quiet, car.Woken, car.Errors = &h, h.Quiet, h.Woken, h.Errors
	}
	return car, nil
}
