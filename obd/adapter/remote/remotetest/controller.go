package remotetest

import (
	"context"
	"sync"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/can"
)

// Controller is one end of a bus: the test decides what it reports and what
// becomes of what is sent.
type Controller struct {
	Config  adapter.BusConfig
	Reports chan Report
	Closed  chan struct{} // closed by Close

	take func(ctx context.Context, f can.Frame) error
	once sync.Once
}

// Report is what a Recv gives.
type Report struct {
	Rx  can.Rx
	Err error
}

// NewController gives a controller that does with frames what take says.
func NewController(cfg adapter.BusConfig, take func(ctx context.Context, f can.Frame) error) *Controller {
	return &Controller{Config: cfg, Reports: make(chan Report), Closed: make(chan struct{}), take: take}
}

// Send does what the test has decided.
func (c *Controller) Send(ctx context.Context, f can.Frame) error { return c.take(ctx, f) }

// Recv gives the next of Reports.
func (c *Controller) Recv(ctx context.Context) (can.Rx, error) {
	select {
	case r := <-c.Reports:
		return r.Rx, r.Err
	case <-c.Closed:
		return can.Rx{}, can.ErrClosed
	case <-ctx.Done():
		return can.Rx{}, ctx.Err()
	}
}

// Close ends Recv.
func (c *Controller) Close() error {
	c.once.Do(func() { close(c.Closed) })
	return nil
}
