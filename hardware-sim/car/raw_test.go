package car_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/untether-obd/untether/hardware-sim/car"
	"github.com/untether-obd/untether/obd/can"
)

// raw is a client that sends what it likes.
type raw struct {
	t   *testing.T
	bus can.Bus
	all []can.Rx // since clear
}

func listen(t *testing.T, c *car.Car) *raw {
	t.Helper()
	bus, err := c.Connect(500_000, false)
	require.NoError(t, err)
	return &raw{t: t, bus: bus}
}

func (r *raw) send(frames ...string) {
	r.t.Helper()
	for _, text := range frames {
		f, err := can.ParseFrame(text)
		require.NoError(r.t, err)
		require.NoError(r.t, r.bus.Send(r.t.Context(), f))
	}
}

// drain takes what has come by now.
func (r *raw) drain() {
	r.t.Helper()
	synctest.Wait()
	for {
		ctx, cancel := context.WithTimeout(r.t.Context(), time.Nanosecond)
		rx, err := r.bus.Recv(ctx)
		cancel()
		if errors.Is(err, context.DeadlineExceeded) {
			return
		}
		require.NoError(r.t, err)
		if !rx.Frame.Is(can.Error) {
			r.all = append(r.all, rx)
		}
	}
}

func (r *raw) clear() {
	r.t.Helper()
	r.drain()
	r.all = nil
}

func (r *raw) keep(wanted func(*can.Rx) bool) (out []can.Rx) {
	r.t.Helper()
	r.drain()
	for i := range r.all {
		if wanted(&r.all[i]) {
			out = append(out, r.all[i])
		}
	}
	return out
}

// heard is what others sent.
func (r *raw) heard() []can.Rx {
	r.t.Helper()
	return r.keep(func(rx *can.Rx) bool { return !rx.Own })
}

// echoes are our own frames that somebody acknowledged.
func (r *raw) echoes() []can.Rx {
	r.t.Helper()
	return r.keep(func(rx *can.Rx) bool { return rx.Own })
}

// from is what came with an identifier.
func (r *raw) from(id uint32) []can.Rx {
	r.t.Helper()
	return r.keep(func(rx *can.Rx) bool { return !rx.Own && rx.Frame.ID == id })
}
