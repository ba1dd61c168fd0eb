package inspect

import (
	"context"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/j1979"
	obdclient "github.com/untether-obd/untether/obd/j1979/client"
	"github.com/untether-obd/untether/telematics"
)

// glance is how often supply and speed are looked at while units are asked.
const glance = 2 * time.Second

// guardian looks after the car while its units are asked: at the supply, which
// may fall, and at the speed. These requests do not count as coverage.
type guardian struct {
	p      *pass
	client *obdclient.Client // nil: no unit answers OBD
	deaf   map[byte]bool     // nobody has this value
}

func (p *pass) recorded() bool { return p.out.Adapter.Kind == adapter.KindRecording }

func (p *pass) guardian() *guardian {
	if p.obd == nil && !p.meter || p.recorded() {
		return nil
	}
	g := &guardian{p: p, deaf: map[byte]bool{}}
	if p.obd != nil {
		g.client = p.obd.unseen.First()
	}
	return g
}

// stand looks again and again until done, and once more then.
func (g *guardian) stand(ctx context.Context, done <-chan struct{}) error {
	for g != nil {
		select {
		case <-ctx.Done():
			return nil
		case <-done:
			return g.look(ctx)
		case <-time.After(glance):
		}
		if err := g.look(ctx); err != nil {
			return err
		}
	}
	return nil
}

// look asks for supply and speed; the car only where the adapter does not
// measure, and not while the engine is being asked.
func (g *guardian) look(ctx context.Context) error {
	if g.p.meter {
		g.deaf[j1979.PIDVoltage] = true
		if err := g.p.lookAtMeter(ctx); err != nil {
			return err
		}
	}
	if g.client == nil {
		return nil
	}
	select {
	case g.p.engine <- struct{}{}:
		defer func() { <-g.p.engine }()
	default:
		return nil
	}
	for _, pid := range []byte{j1979.PIDVoltage, j1979.PIDSpeed} {
		if g.deaf[pid] {
			continue
		}
		answers, err := twice(ctx, g.p, g.p.obd, func(ctx context.Context) (values, error) { return g.client.Current(ctx, pid) })
		if fatal(err) {
			return err
		}
		g.deaf[pid] = true
		for _, a := range answers {
			for _, v := range a.Value {
				g.deaf[pid] = false
				if err := g.p.watched(v); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// values are what the units of the group answer.
type values = []obdclient.Answer[[]j1979.Value]

// watched judges a value that may have changed since the beginning.
func (p *pass) watched(v j1979.Value) error {
	if volts, err := v.Voltage(); err == nil {
		return p.supply(volts)
	}
	speed, err := v.Speed()
	if err == nil && speed > 0 && p.stood && !p.found(telematics.MovedOff) {
		p.find(telematics.MovedOff, "", speed)
	}
	return nil
}
