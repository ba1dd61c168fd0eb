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
	client *obdclient.Client
	deaf   map[byte]bool // nobody has this value
}

func (p *pass) recorded() bool { return p.out.Adapter.Kind == adapter.KindRecording }

func (p *pass) guardian() *guardian {
	if p.obd == nil || p.recorded() {
		return nil
	}
	return &guardian{p: p, client: p.obd.unseen.First(), deaf: map[byte]bool{}}
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

// look asks for supply and speed, unless the engine is being asked just now.
func (g *guardian) look(ctx context.Context) error {
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
		answers, err := g.client.Current(ctx, pid)
		if err = g.p.heed(err); fatal(err) {
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
