package inspect

import (
	"bytes"
	"context"
	"math"
	"slices"
	"time"

	"github.com/untether-obd/untether/obd/adapter"
	"github.com/untether-obd/untether/obd/bringup"
	"github.com/untether-obd/untether/obd/discover"
	"github.com/untether-obd/untether/obd/guard"
	"github.com/untether-obd/untether/obd/transport"
	"github.com/untether-obd/untether/profiles"
	"github.com/untether-obd/untether/telematics"
)

// StepScan is what a scan is at after it knows the car; done and of count
// probes.
const StepScan Step = "scan"

// ScanOptions say how to look for units.
type ScanOptions struct {
	Options
	Full  bool    // all diagnostic ranges, not just addresses that somebody knows
	Bench bool    // 000-5FF as well, for units on a bench
	Share float64 // of the free bus, above 0 and at most 1; 0: a half
}

// Scan looks for the units of a car that was brought up: at the addresses of
// its make first. Where it is broken off, what was found comes with the error,
// which is that of discover.Scan.
func Scan(ctx context.Context, car *bringup.Car, info adapter.Info, o ScanOptions) (*telematics.Scan, error) {
	p := newPass(o.Options, info)
	p.link, p.woken, p.inUse = car.Link, car.Woken || car.Quiet, car.InUse
	p.bitrate, p.kline = car.Bitrate, car.Protocol != ""
	p.arrival(car)
	out := &telematics.Scan{Started: time.Now(), Adapter: info}
	found := &discover.Result{}
	err := p.identifyCar(ctx)
	if err == nil {
		found, err = discover.Scan(ctx, car, discover.Options{
			Known: p.places(), Full: o.Full, Bench: o.Bench, Share: o.Share, Identify: true,
			Progress: func(done, of int) { p.scanned(done, of) },
		})
	}
	err = p.brokenOff(ctx, err)
	p.tellScan(found)
	out.DurationMS = time.Since(out.Started).Milliseconds()
	out.Vehicle = p.out.Vehicle
	out.Sweep = sweep(car, o.Full, &found.Stats)
	for i := range found.Units {
		out.Units = append(out.Units, p.foundUnit(&found.Units[i]))
	}
	p.compareVINs()
	out.Identifiers, out.Findings = p.out.Identifiers, p.out.Findings
	return out, err
}

// identifyCar learns the VIN and the supply voltage, if an emission unit tells
// them, and gives the link back.
func (p *pass) identifyCar(ctx context.Context) (err error) {
	p.progress(StepVehicle)
	if p.obd, err = p.vinOverOBD(ctx); err != nil {
		return err
	}
	err = p.basics(ctx)
	if p.obd != nil {
		_ = p.obd.conn.Close() // it has nothing left to fail
	}
	c := p.o.Profiles.Match(profiles.Query{VIN: p.out.Vehicle.VIN, ID: p.o.Profile})
	if len(c) == 0 {
		return p.unknownProfile()
	}
	p.choice = c[0]
	p.out.Vehicle.Make, p.out.Vehicle.ModelYear = c[0].Make, c[0].ModelYear
	return err
}

func (p *pass) scanned(done, of int) {
	if p.o.Progress != nil {
		p.o.Progress(StepScan, done, of)
	}
}

// places are the addresses that somebody knows: those of OBD, then those of
// the car's make.
func (p *pass) places() (known []discover.Known) {
	for id := range uint32(8) { // ISO 15765-4: the physical identifiers of OBD units
		known = append(known, discover.Known{Address: transport.Address{TX: 0x7E0 + id, RX: 0x7E8 + id, RXLast: 0x7E8 + id}, Dialect: guard.UDS})
	}
	for a := range p.emission {
		known = append(known, discover.Known{Address: a, Dialect: guard.UDS})
	}
	for _, u := range slices.Concat(p.knownUnits(), p.o.Profiles.Places(p.choice.Make, profiles.Network{Bitrate: p.bitrate})) {
		if u.Network.Bitrate == p.bitrate && !u.Address.Functional() && u.Dialect != guard.J1979 {
			known = append(known, discover.Known{Address: u.Address, Dialect: u.Dialect})
		}
	}
	return known
}

// tellScan turns what the search met into findings.
func (p *pass) tellScan(r *discover.Result) {
	if n := r.Stats.InUse; n > 0 {
		p.find(telematics.AddressesInUse, "", n)
	}
	if n := len(r.Distress); n > 0 {
		p.find(telematics.ScanSlowed, "", r.Distress[n-1].Share)
	}
}

func sweep(car *bringup.Car, full bool, s *discover.Stats) telematics.Sweep {
	out := telematics.Sweep{Full: full, Bitrate: car.Bitrate, Share: s.Share, Probes: s.Probes, Rejected: s.Rejected}
	if car.Bitrate > 0 {
		out.Load = min(1, math.Round(s.Load/float64(car.Bitrate)*1000)/1000)
	}
	return out
}

var forms = map[discover.Form]telematics.Form{
	discover.Normal:      telematics.FormNormal,
	discover.NormalFixed: telematics.FormNormalFixed,
	discover.WithAddress: telematics.FormExtended,
}

// foundUnit puts one unit, and what it says of itself, into the result.
func (p *pass) foundUnit(u *discover.Unit) telematics.FoundUnit {
	unit := p.unitAt(u.Address)
	out := telematics.FoundUnit{
		Unit: telematics.Unit{
			Role: string(unit.Role), Name: unit.Name, Address: u.Address.String(), Answered: true,
			DistinctReads: p.identification(unit, u.Reads),
		},
		Form: forms[u.Form], Padding: "CC", LatencyMS: milliseconds(u.Latency), Timing: timing(&u.Timing),
	}
	if u.Padded != discover.Answered {
		out.Padding = "none"
	}
	if u.Dialect != 0 {
		out.Dialect = u.Dialect.String()
	}
	return out
}

// identification keeps what a unit says of itself and gives how many different
// reads it answered.
func (p *pass) identification(unit profiles.Unit, reads []discover.Read) int {
	t := &talk{p: p, unit: target{Unit: unit}}
	generic, _ := p.o.Profiles.ByID(profiles.GenericID)
	var answers []answer
	for _, r := range reads {
		i := slices.IndexFunc(generic.Reads, func(g profiles.Read) bool { return bytes.Equal(g.Request, r.Request) })
		if i >= 0 && r.Err == nil && len(r.Response) > 0 && r.Response[0] != 0x7F {
			answers = append(answers, answer{read: &generic.Reads[i], message: r.Response})
		}
	}
	return t.keep(answers)
}

func timing(t *discover.Timing) (out telematics.Timing) {
	out.P2, out.P2Star = spread(&t.P2), spread(&t.P2Star)
	if t.Gap.Count > 0 {
		gap := milliseconds(t.Gap.Mean)
		out.STmin = &gap
	}
	return out
}

func spread(s *discover.Spread) *telematics.Spread {
	if s.Count == 0 {
		return nil
	}
	return &telematics.Spread{Min: milliseconds(s.Min), Median: milliseconds(s.Median), Max: milliseconds(s.Max), Count: s.Count}
}

// milliseconds keeps microseconds: bus times have no more.
func milliseconds(d time.Duration) float64 {
	return float64(max(d, 0).Round(time.Microsecond)) / float64(time.Millisecond)
}
