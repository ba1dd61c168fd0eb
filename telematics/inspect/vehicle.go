package inspect

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/untether-obd/untether/obd/j1979"
	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
)

func (p *pass) count(f func(*telematics.Coverage)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.out.Coverage.Asked++
	f(&p.out.Coverage)
}

// vehicle learns which car this is, whether it moves and how its battery is.
func (p *pass) vehicle(ctx context.Context) error {
	obd, err := p.vinOverOBD(ctx)
	if err != nil {
		return err
	}
	p.obd = obd
	if err := p.basics(ctx); err != nil {
		return err
	}
	if err := p.vinAgain(ctx); err != nil {
		return err
	}
	if p.out.Vehicle.VIN == "" {
		if err := p.vinOfUnits(ctx); err != nil {
			return err
		}
	}
	if p.out.Vehicle.VIN == "" {
		p.find(telematics.VINMissing, "")
	}
	return nil
}

// vinAgain asks once more where emission units answer and none gave a VIN: it
// may have been lost on the way.
func (p *pass) vinAgain(ctx context.Context) error {
	if p.obd == nil || p.out.Vehicle.VIN != "" || p.redacted {
		return nil
	}
	if err := rest(ctx, straggling); err != nil {
		return err
	}
	answers, err := twice(ctx, p, p.obd, p.obd.unseen.First().VIN)
	for _, a := range answers {
		if a.Err == nil && p.takeVIN(a.Value, obdRoads[0].source()) {
			p.find(telematics.AskedAgain, p.unitAt(a.From).Name, obdRoads[0].request)
		}
	}
	return onlyFatal(err)
}

// vinOverOBD asks for the VIN on each road until one answers, and gives the
// road on which anybody did. A first request that was lost while the car woke
// is asked again.
func (p *pass) vinOverOBD(ctx context.Context) (*emission, error) {
	roads := obdRoads
	if p.woken {
		roads = append(slices.Clone(obdRoads[:1]), obdRoads...)
	}
	for _, road := range roads {
		e, err := p.dialOBD(ctx, road)
		if beyond(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		answers, err := twice(ctx, p, e, e.client.First().VIN)
		for _, a := range answers {
			if a.Err == nil && p.takeVIN(a.Value, road.source()) {
				return e, nil
			}
		}
		if len(answers) > 0 {
			return e, nil // it answers OBD, without a VIN
		}
		if closed := e.conn.Close(); closed != nil || fatal(err) {
			return nil, err
		}
	}
	return nil, nil
}

// takeVIN makes a VIN the car's, if it is one.
func (p *pass) takeVIN(text, source string) bool {
	id := telematics.Identify(telematics.KindVIN, text)
	if !id.Valid {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.out.Vehicle.VIN == "" {
		p.out.Vehicle.VIN, p.out.Vehicle.VINSource = id.Value, source
	}
	return true
}

// vinOfUnits asks gateways, engines and bodies one by one, as far as anybody
// knows their addresses; a telematics unit's VIN is never taken for the car's.
// These are probes of addresses and do not count as requests.
func (p *pass) vinOfUnits(ctx context.Context) error {
	var wg sync.WaitGroup
	var broken error
	for _, u := range p.o.Profiles.VINUnits() {
		if err := p.pace.units.Acquire(ctx, 1); err != nil {
			return err
		}
		wg.Go(func() {
			defer p.pace.units.Release(1)
			if err := p.vinOf(ctx, u); err != nil {
				p.mu.Lock()
				defer p.mu.Unlock()
				broken = err
			}
		})
	}
	wg.Wait()
	return broken
}

func (p *pass) vinOf(ctx context.Context, u profiles.Unit) error {
	t, err := p.dial(ctx, target{u, true})
	if err != nil {
		return unlessBeyond(err)
	}
	defer t.close(ctx)
	res, err := t.try(ctx, u.VIN)
	if err != nil {
		return onlyFatal(err)
	}
	if data := res.Message.Data; len(data) > len(u.VIN) {
		request, _, _ := strings.Cut(u.Address.String(), "/")
		p.takeVIN(telematics.Text(data[len(u.VIN):min(len(data), len(u.VIN)+17)]).Text, request+" "+u.VIN.String())
	}
	return nil
}

// basics asks for speed, so that the guard knows whether the car moves, and
// for the supply voltage; also a car that answered no request for its VIN.
func (p *pass) basics(ctx context.Context) error {
	if p.obd != nil {
		return p.basicsOf(ctx, p.obd)
	}
	e, err := p.anyOBD(ctx)
	if err != nil {
		return err
	}
	if e == nil {
		return p.firstSupply(ctx, nil)
	}
	err = p.basicsOf(ctx, e)
	if p.obd == nil {
		_ = e.conn.Close() // nobody there
	}
	return err
}

// anyOBD dials the first road that the adapter can carry; nil: there is none.
func (p *pass) anyOBD(ctx context.Context) (*emission, error) {
	for _, road := range obdRoads {
		e, err := p.dialOBD(ctx, road)
		if !beyond(err) {
			return e, err
		}
	}
	return nil, nil
}

// basicPIDs are those of one request each: K-line has one PID a request.
func (p *pass) basicPIDs() [][]byte {
	if p.kline {
		return [][]byte{{j1979.PIDSpeed}, {j1979.PIDVoltage}}
	}
	return [][]byte{{j1979.PIDSpeed, j1979.PIDVoltage}}
}

func (p *pass) basicsOf(ctx context.Context, e *emission) error {
	var answers values
	for _, pids := range p.basicPIDs() {
		more, err := twice(ctx, p, e, func(ctx context.Context) (values, error) {
			return e.client.First().Current(ctx, pids...)
		})
		if fatal(err) {
			return err
		}
		answers = append(answers, more...)
	}
	if len(answers) > 0 {
		p.obd = e
	}
	if p.redacted {
		return nil
	}
	var ofCar *float64
	for _, a := range answers {
		for _, v := range a.Value {
			if speed, err := v.Speed(); err == nil && speed == 0 {
				p.stood = true
			}
			if volts, err := v.Voltage(); err == nil && ofCar == nil {
				ofCar = &volts
			}
		}
	}
	return p.firstSupply(ctx, ofCar)
}
