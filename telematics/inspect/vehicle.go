package inspect

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/untether-obd/untether/obd/exchange"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/j1979"
	obdclient "github.com/untether-obd/untether/obd/j1979/client"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
)

// obdRoad is one way to a car's emission units.
type obdRoad struct {
	address string
	dialect guard.Dialect
	request string
	options []obdclient.Option
}

// obdRoads are tried in this order: J1979 with 11 and with 29 bits, then
// J1979-2 for cars that speak only that.
var obdRoads = []obdRoad{
	{"7DF/7E8-7EF", guard.J1979, "09 02", nil},
	{"18DB33F1/18DAF1xx", guard.J1979, "09 02", nil},
	{"7DF/7E8-7EF", guard.UDS, "22 F802", []obdclient.Option{obdclient.WithJ19792()}},
	{"18DB33F1/18DAF1xx", guard.UDS, "22 F802", []obdclient.Option{obdclient.WithJ19792()}},
}

func (r obdRoad) source() string {
	request, _, _ := strings.Cut(r.address, "/")
	return request + " " + r.request
}

// emission is the group of units that answers OBD, once it is known.
type emission struct {
	address transport.Address
	conn    *guard.Conn
	client  *obdclient.Client
}

// reaches reports whether a unit's answers could be taken for those of the
// group: the two must not be asked at the same time.
func (e *emission) reaches(a transport.Address) bool {
	return e != nil && !a.HasAE && a.Extended == e.address.Extended && e.address.Accepts(a.RX)
}

func (p *pass) dialOBD(ctx context.Context, r obdRoad) (*emission, error) {
	a := transport.MustAddress(r.address)
	conn, err := p.link.Dial(ctx, a, r.dialect, transport.Params{})
	if err != nil {
		return nil, err
	}
	options := append(slices.Clone(r.options), obdclient.WithObserver(p.observeOBD))
	return &emission{address: a, conn: conn, client: obdclient.New(conn, a, options...)}, nil
}

// observeOBD counts a functional request once, however many units answer, and
// notes who they are.
func (p *pass) observeOBD(req []byte, answers []exchange.Result, _ error) {
	for _, r := range answers {
		p.answersOBD(r, string(req))
	}
	switch {
	case len(answers) == 0:
		p.count(func(c *telematics.Coverage) { c.Silent++ })
	case slices.ContainsFunc(answers, positive):
		p.count(func(c *telematics.Coverage) { c.Answered++ })
	default:
		p.count(func(c *telematics.Coverage) { c.Refused++ })
	}
}

func (p *pass) answersOBD(r exchange.Result, req string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	reads := p.emission[r.Message.From]
	if reads == nil {
		reads = map[string]bool{}
		p.emission[r.Message.From] = reads
	}
	if positive(r) {
		reads[req] = true
	}
}

// addEmission lists the units that answer OBD, and adds what they answered to
// those that are listed already.
func (p *pass) addEmission() {
	for a, reads := range p.emission {
		i := slices.IndexFunc(p.out.Units, func(u telematics.Unit) bool { return u.Address == a.String() })
		if i < 0 {
			u := p.unitAt(a)
			i = len(p.out.Units)
			p.out.Units = append(p.out.Units, telematics.Unit{Role: string(u.Role), Name: u.Name, Address: a.String()})
		}
		p.out.Units[i].Answered = true
		p.out.Units[i].DistinctReads += len(reads)
	}
}

func positive(r exchange.Result) bool {
	return len(r.Message.Data) > 0 && r.Message.Data[0] != 0x7F
}

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
	if p.out.Vehicle.VIN == "" {
		if err := p.vinOfUnits(ctx); err != nil {
			return err
		}
	}
	if p.out.Vehicle.VIN == "" {
		p.find(telematics.VINMissing, "")
	}
	return p.basics(ctx)
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
		if err != nil {
			return nil, err
		}
		answers, err := e.client.First().VIN(ctx)
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
		return err
	}
	defer t.close(ctx)
	res, err := t.client.Do(ctx, u.VIN)
	if err != nil {
		return onlyFatal(err)
	}
	if data := res.Message.Data; len(data) > len(u.VIN) {
		request, _, _ := strings.Cut(u.Address.String(), "/")
		p.takeVIN(telematics.Text(data[len(u.VIN):min(len(data), len(u.VIN)+17)]).Text, request+" "+u.VIN.String())
	}
	return nil
}

// Supply voltage, V.
const (
	supplyLow  = 12.2
	supplyStop = 11.8
)

// basics asks for speed, so that the guard knows whether the car moves, and
// for the supply voltage; also a car that answered no request for its VIN.
func (p *pass) basics(ctx context.Context) error {
	if p.obd != nil {
		return p.basicsOf(ctx, p.obd)
	}
	e, err := p.dialOBD(ctx, obdRoads[0])
	if err != nil {
		return err
	}
	err = p.basicsOf(ctx, e)
	if p.obd == nil {
		_ = e.conn.Close() // nobody there
	}
	return err
}

func (p *pass) basicsOf(ctx context.Context, e *emission) error {
	answers, err := e.client.First().Current(ctx, j1979.PIDSpeed, j1979.PIDVoltage)
	if fatal(err) {
		return err
	}
	if len(answers) > 0 {
		p.obd = e
	}
	for _, a := range answers {
		for _, v := range a.Value {
			if volts, err := v.Voltage(); err == nil {
				return p.supply(volts)
			}
		}
	}
	return nil
}

func (p *pass) supply(volts float64) error {
	switch {
	case volts < supplyStop:
		p.find(telematics.SupplyStop, "", volts)
		return errSupply
	case volts < supplyLow:
		p.find(telematics.SupplyLow, "", volts)
	}
	return nil
}
